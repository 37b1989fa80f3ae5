// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;

import org.jspecify.annotations.Nullable;

import sockeye.TcpInfo;
import sockeye.netlink.InetReport.InetDiagReqV2;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Which sockets of a protocol over IP to report, and how much of each. The kernel leaves out the
 * others.
 *
 * @param family AF_INET or AF_INET6, 0 for both; an IPv6 socket that talks to IPv4 is of AF_INET6
 * @param states in which states; empty for all
 * @param filter of which addresses, ports and so on; null for all
 * @param details whether memory, {@link TcpInfo}, congestion control and traffic class are wanted,
 *     which makes a report five times as long
 */
public record InetQuery(
        int family, Set<TcpInfo.State> states, @Nullable DiagFilter filter, boolean details) {
    private static final int INET_DIAG_REQ_BYTECODE = 1;
    private static final int INET_DIAG_REQ_PROTOCOL = 3;
    private static final int MOST_IN_HEADER = 0xFF;

    /** All that there is to know. */
    public static final InetQuery ALL = new InetQuery(0, Set.of(), null, true);

    /**
     * Copies the states.
     *
     * @throws IllegalArgumentException if UNKNOWN is among them, or the family is another
     */
    public InetQuery {
        states = Flags.copy(TcpInfo.State.class, states);
        if (states.contains(TcpInfo.State.UNKNOWN)) {
            throw new IllegalArgumentException("UNKNOWN is no state to ask for");
        }
        if (family != 0 && family != AF_INET && family != AF_INET6) {
            throw new IllegalArgumentException("neither AF_INET nor AF_INET6: " + family);
        }
    }

    /** Those of one family. */
    public InetQuery withFamily(int newFamily) {
        return new InetQuery(newFamily, states, filter, details);
    }

    /** Those in these states. */
    public InetQuery inStates(TcpInfo.State first, TcpInfo.State... more) {
        return new InetQuery(family, EnumSet.of(first, more), filter, details);
    }

    /** Those for which a condition holds, in place of an earlier one. */
    public InetQuery where(DiagFilter condition) {
        return new InetQuery(family, states, condition, details);
    }

    /** The same, with addresses, state and queues of each alone. */
    public InetQuery withoutDetails() {
        return new InetQuery(family, states, filter, false);
    }

    List<Integer> families() {
        return family == 0 ? List.of(AF_INET, AF_INET6) : List.of(family);
    }

    NetlinkRequest request(int protocol, int ofFamily) {
        byte[] code = filter == null ? null : FilterCompiler.compile(filter);
        return NetlinkRequest.of(
                        Diag.SOCK_DIAG_BY_FAMILY,
                        0,
                        to -> {
                            to.struct(
                                    InetDiagReqV2.SIZEOF,
                                    header ->
                                            header.u8(InetDiagReqV2.sdiag_family, ofFamily)
                                                    .u8(
                                                            InetDiagReqV2.sdiag_protocol,
                                                            protocol & MOST_IN_HEADER)
                                                    .u8(
                                                            InetDiagReqV2.idiag_ext,
                                                            details ? InetReport.DETAILS : 0)
                                                    .u32(
                                                            InetDiagReqV2.idiag_states,
                                                            states.isEmpty()
                                                                    ? Diag.ALL_STATES
                                                                    : Diag.mask(states)));
                            if (code != null) {
                                to.bytes(INET_DIAG_REQ_BYTECODE, code);
                            }
                            protocol(to, protocol);
                        })
                .named("SOCK_DIAG_BY_FAMILY");
    }

    /** MPTCP's number has more than 8 bits. */
    static void protocol(AttributeWriter to, int protocol) {
        if (protocol > MOST_IN_HEADER) {
            to.u32(INET_DIAG_REQ_PROTOCOL, protocol);
        }
    }
}
