// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static sockeye.EndpointScheme.MPTCP;
import static sockeye.EndpointScheme.NETLINK;
import static sockeye.EndpointScheme.TCP;
import static sockeye.SocketType.SOCK_SEQPACKET;
import static sockeye.SocketType.SOCK_STREAM;

import sockeye.AddressFamily;
import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.EndpointScheme;
import sockeye.EndpointSpec;
import sockeye.LinuxSocket;
import sockeye.NameResolver;
import sockeye.OptionSetting;
import sockeye.SpecSettings;
import sockeye.TcpOption;

import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What both commands know about the transports of a spec. */
final class Transports {
    /** Those that the commands can use. */
    static final Set<EndpointScheme> KNOWN = EnumSet.complementOf(EnumSet.of(NETLINK));

    private Transports() {}

    /** Whether it is one of IP's. */
    static boolean isInet(EndpointScheme scheme) {
        return switch (scheme) {
            case TCP, MPTCP, SCTP, UDP, UDPLITE -> true;
            default -> false;
        };
    }

    /** Whether it has TCP's options. */
    static boolean isTcp(EndpointScheme scheme) {
        return scheme == TCP || scheme == MPTCP;
    }

    /** Whether it is one of TIPC's. */
    static boolean isTipc(EndpointScheme scheme) {
        return scheme.family() == AddressFamily.AF_TIPC;
    }

    /** Whether clients connect, and so come and go. */
    static boolean isConnected(EndpointScheme scheme) {
        return scheme.type() == SOCK_STREAM || scheme.type() == SOCK_SEQPACKET;
    }

    /** A spec's options for a socket of a family; small messages do not wait if it does not say. */
    static OptionSetting<?>[] settings(EndpointSpec spec, SpecSettings read, int family) {
        return isTcp(spec.scheme()) && !spec.options().containsKey("nodelay")
                ? read.settings(family, TcpOption.NO_DELAY.to(true))
                : read.settings(family);
    }

    /** Sets options on a socket. */
    static void apply(LinuxSocket socket, OptionSetting<?>... settings) throws IOException {
        for (OptionSetting<?> setting : settings) {
            applyOne(socket, setting);
        }
    }

    private static <T> void applyOne(LinuxSocket socket, OptionSetting<T> setting)
            throws IOException {
        socket.setOption(setting.option(), setting.value());
    }

    /**
     * All endpoints that a spec may mean, in the order to try.
     *
     * @throws java.net.UnknownHostException if it has a host name that has no address
     */
    static List<Endpoint> resolve(EndpointSpec spec, Deadline deadline) throws IOException {
        return NameResolver.current().endpoints(spec, deadline);
    }
}
