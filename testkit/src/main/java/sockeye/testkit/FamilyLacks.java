// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static sockeye.testkit.Ability.EARLY_CONNECTION;
import static sockeye.testkit.Ability.EMPTY_MESSAGE;
import static sockeye.testkit.Ability.END;
import static sockeye.testkit.Ability.ERROR_QUEUE;
import static sockeye.testkit.Ability.HALF_CLOSE;
import static sockeye.testkit.Ability.HAVING_NO_PEER;
import static sockeye.testkit.Ability.HOLDING_BACK;
import static sockeye.testkit.Ability.NAMES;
import static sockeye.testkit.Ability.OWN_NAME;
import static sockeye.testkit.Ability.PEEK;
import static sockeye.testkit.Ability.PEER_NAME;
import static sockeye.testkit.Ability.QUEUE_LENGTHS;
import static sockeye.testkit.Ability.REAL_LENGTH;

import java.util.EnumMap;
import java.util.Map;

/** What the families lack, and why: the declarations that {@link TestFamily} is made of. */
final class FamilyLacks {
    private static final Map<Ability, String> NAMELESS =
            Map.of(NAMES, "socketpair(2) gives no names");

    /** What has no connection has no end either. */
    private static final Map<Ability, String> UNCONNECTED =
            Map.of(END, "datagrams have no end", HALF_CLOSE, "datagrams have no end");

    static final Map<Ability, String> UNIX = Map.of(ERROR_QUEUE, "AF_UNIX has no error queue");
    static final Map<Ability, String> UNIX_NAMELESS = both(UNIX, NAMELESS);
    static final Map<Ability, String> UNIX_DGRAM = both(UNIX, UNCONNECTED);
    static final Map<Ability, String> UNIX_DGRAM_NAMELESS = both(UNIX_DGRAM, NAMELESS);
    static final Map<Ability, String> UDP =
            both(UNCONNECTED, Map.of(HOLDING_BACK, "a full receiver loses datagrams"));

    static final Map<Ability, String> SCTP =
            Map.of(
                    QUEUE_LENGTHS, "Linux gives SCTP no SIOCOUTQ",
                    HALF_CLOSE, "SCTP has no half-closed connections, RFC 9260");

    static final Map<Ability, String> VSOCK =
            Map.of(
                    QUEUE_LENGTHS, "vsock has SIOCOUTQ from Linux 6.12 and SIOCINQ from 6.17",
                    ERROR_QUEUE, "vsock's is for MSG_ZEROCOPY alone",
                    OWN_NAME, "who connects has the CID any");

    static final Map<Ability, String> VSOCK_SEQPACKET =
            both(
                    VSOCK,
                    Map.of(
                            HOLDING_BACK, "a record that has room in part ends the connection",
                            PEEK, "vsock has it for records from Linux 6.6",
                            EMPTY_MESSAGE, "vsock sends no empty record: send says 0"));

    /** All that TIPC lacks, whatever the type. */
    private static final Map<Ability, String> ANY_TIPC =
            Map.of(
                    EMPTY_MESSAGE, "the receiver's kernel discards messages without bytes",
                    ERROR_QUEUE, "AF_TIPC has no error queue",
                    REAL_LENGTH, "AF_TIPC does not heed MSG_TRUNC as an argument",
                    QUEUE_LENGTHS, "AF_TIPC has neither SIOCINQ nor SIOCOUTQ");

    static final Map<Ability, String> TIPC =
            both(
                    ANY_TIPC,
                    Map.of(
                            HALF_CLOSE, "shutdown(2) takes SHUT_RDWR alone",
                            EARLY_CONNECTION, "connect(2) is done when accept(2) is called"));
    static final Map<Ability, String> TIPC_DATAGRAMS =
            both(
                    both(ANY_TIPC, UNCONNECTED),
                    Map.of(
                            HOLDING_BACK, "a full receiver loses datagrams",
                            PEER_NAME, "connect(2) stores a destination, and connects nothing"));

    static final Map<Ability, String> NETLINK =
            both(
                    UNCONNECTED,
                    Map.of(
                            EMPTY_MESSAGE, "netlink sends no empty message: ENODATA",
                            ERROR_QUEUE, "AF_NETLINK has no error queue",
                            HAVING_NO_PEER, "until it is connected, the kernel is its peer",
                            QUEUE_LENGTHS, "AF_NETLINK has no ioctl"));

    private FamilyLacks() {}

    static Map<Ability, String> both(Map<Ability, String> one, Map<Ability, String> other) {
        var all = new EnumMap<>(one);
        all.putAll(other);
        return Map.copyOf(all);
    }
}
