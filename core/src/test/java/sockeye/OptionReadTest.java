// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** Every option that can be read, on every kind of socket, against what Python is told. */
@Tag("A5-01")
@Tag("A5-04")
@Tag("A5-05")
@Tag("A5-06")
class OptionReadTest {
    private static final String UNIX = "unix unix-dgram unix-seqpacket";
    private static final String INET = "tcp4 tcp4-listener tcp6 udp4 udp6 raw4 raw6 mptcp";
    private static final String PLAIN_TCP = "tcp4 tcp4-listener tcp6";
    private static final String NETLINK = "netlink";
    private static final String ALL = INET + " " + UNIX + " " + NETLINK;

    private record Refusal(Set<String> kinds, Errno errno, Set<String> options) {}

    private static Refusal on(String kinds, Errno errno, String... options) {
        return new Refusal(Set.of(kinds.split(" ")), errno, Set.of(options));
    }

    /** What is refused to some kinds of sockets, with what; some older kernels do not refuse. */
    private static final List<Refusal> REFUSED =
            List.of(
                    // No peer that the kernel could tell about, or no security module.
                    on(INET + " " + NETLINK, Errno.ENODATA, "SO_PEERGROUPS", "SO_PEERPIDFD"),
                    on(ALL, Errno.ENOPROTOOPT, "SO_PEERSEC"),
                    // The kernel knows these for some families only; since 6.16 it says so.
                    on(
                            INET,
                            Errno.EOPNOTSUPP,
                            "SO_PASSCRED",
                            "SO_PASSSEC",
                            "SO_PASSPIDFD",
                            "SO_PASSRIGHTS"),
                    on(NETLINK, Errno.EOPNOTSUPP, "SO_PASSPIDFD", "SO_PASSRIGHTS"),
                    on("raw4 raw6 mptcp netlink", Errno.EOPNOTSUPP, "SO_PEEK_OFF"),
                    on(
                            "udp4 udp6 raw4 raw6 mptcp netlink " + UNIX,
                            Errno.EOPNOTSUPP,
                            "SO_TXREHASH"),
                    // Not connected.
                    on("tcp4-listener raw4", Errno.ENOTCONN, "IP_MTU"),
                    on("raw6", Errno.ENOTCONN, "IPV6_MTU", "IPV6_PATHMTU"),
                    on("tcp4-listener", Errno.ENOTCONN, "TCP_ZEROCOPY_RECEIVE"),
                    // Not redirected; or no connection tracking in the kernel, or not of TCP.
                    on(PLAIN_TCP, Errno.ENOENT, "SO_ORIGINAL_DST", "IP6T_SO_ORIGINAL_DST"),
                    on(ALL, Errno.ENOPROTOOPT, "SO_ORIGINAL_DST", "IP6T_SO_ORIGINAL_DST"),
                    // No flow label was leased.
                    on("tcp6 udp6 raw6", Errno.ENOENT, "IPV6_FLOWLABEL_MGR"),
                    // For sockets of SOCK_RAW, or for all others.
                    on("tcp6 udp6", Errno.ENOPROTOOPT, "IPV6_HDRINCL", "IPV6_CHECKSUM"),
                    on("raw6", Errno.ENOPROTOOPT, "IPV6_ADDRFORM"),
                    // Not under repair.
                    on(PLAIN_TCP, Errno.EINVAL, "TCP_REPAIR_QUEUE", "TCP_QUEUE_SEQ"),
                    on(PLAIN_TCP, Errno.EPERM, "TCP_REPAIR_WINDOW"),
                    // What Multipath TCP does not hand down to its paths.
                    on(
                            "mptcp",
                            Errno.EOPNOTSUPP,
                            "TCP_QUICKACK",
                            "TCP_WINDOW_CLAMP",
                            "TCP_TX_DELAY",
                            "TCP_USER_TIMEOUT",
                            "TCP_SYNCNT",
                            "TCP_LINGER2",
                            "TCP_RTO_MAX_MS",
                            "TCP_RTO_MIN_US",
                            "TCP_DELACK_MAX_US",
                            "TCP_THIN_LINEAR_TIMEOUTS",
                            "TCP_THIN_DUPACK",
                            "TCP_SAVE_SYN",
                            "TCP_SAVED_SYN",
                            "TCP_REPAIR",
                            "TCP_REPAIR_QUEUE",
                            "TCP_QUEUE_SEQ",
                            "TCP_REPAIR_WINDOW",
                            "TCP_TIMESTAMP",
                            "TCP_ZEROCOPY_RECEIVE"),
                    // Only a stream of AF_UNIX keeps count.
                    on(ALL, Errno.ENOPROTOOPT, "SO_INQ"));

    /** What another reader cannot be told, and why. */
    private static final Map<String, String> ONLY_US =
            Map.of(
                    "SO_PEERPIDFD", "each reader gets a descriptor of his own",
                    "SO_ATTACH_FILTER", "the kernel counts instructions, Python believes bytes",
                    "TCP_ZEROCOPY_RECEIVE", "Python's question is not initialised",
                    "IPV6_FLOWLABEL_MGR", "Python's question is not initialised",
                    "TCP_SAVED_SYN", "it can be read once");

    /** What changes by itself: only the length is compared. */
    private static final Set<String> MOVING =
            Set.of("TCP_INFO", "TCP_TIMESTAMP", "TCP_CC_INFO", "SO_MEMINFO", "MPTCP_INFO");

    @TestFactory
    Stream<DynamicTest> everyOptionIsReadAsPythonReadsIt() {
        return OptionSockets.LEVELS.keySet().stream()
                .map(kind -> DynamicTest.dynamicTest(kind, () -> readAll(kind)));
    }

    private static void readAll(String kind) throws IOException {
        List<String> wrong = new ArrayList<>();
        int read = 0;
        OptionSockets.assumeItCanBeOpened(kind);
        try (PythonOptions python = new PythonOptions();
                OptionSockets sockets = new OptionSockets()) {
            LinuxSocket socket = sockets.open(kind);
            for (List<Option<?>> level : Objects.requireNonNull(OptionSockets.LEVELS.get(kind))) {
                for (Option<?> option : level) {
                    if (option.readable() && OptionSockets.isKnownToThisKernel(option)) {
                        String finding = compare(kind, socket, option, python);
                        if (!finding.isEmpty()) {
                            wrong.add(option + ": " + finding);
                        }
                        read++;
                    }
                }
            }
        }
        assertEquals("", String.join("\n", wrong));
        assertTrue(read > 40, "only " + read + " options were read");
    }

    private static <T> String compare(
            String kind, LinuxSocket socket, Option<T> option, PythonOptions python)
            throws IOException {
        T ours;
        try {
            ours = socket.getOption(option);
        } catch (IOException e) {
            return refusal(kind, socket, option, e, python);
        }
        if (ours instanceof PassedDescriptor descriptor) {
            descriptor.close();
        }
        if (ONLY_US.containsKey(option.name())) {
            return "";
        }
        int length = Math.min(option.readBuffer().length, PythonOptions.MAX);
        String theirs = python.getsockopt(socket, option.level(), option.number(), length);
        if (theirs.startsWith("errno")) {
            return "we read " + ours + ", Python got " + theirs;
        }
        byte[] bytes = HexFormat.of().parseHex(theirs);
        if (MOVING.contains(option.name())) {
            byte[] again = socket.getOption(option.level(), option.number(), length);
            return again.length == bytes.length
                    ? ""
                    : "we read " + again.length + " bytes, Python " + bytes.length;
        }
        T decoded = option.decode(bytes, bytes.length);
        return Objects.deepEquals(ours, decoded) ? "" : "we read " + ours + ", Python " + decoded;
    }

    private static String refusal(
            String kind,
            LinuxSocket socket,
            Option<?> option,
            IOException refused,
            PythonOptions python)
            throws IOException {
        if (!(refused instanceof ErrnoFailure failure)) {
            return refused.toString();
        }
        List<Errno> expected =
                REFUSED.stream()
                        .filter(each -> each.kinds.contains(kind))
                        .filter(each -> each.options.contains(option.name()))
                        .map(Refusal::errno)
                        .toList();
        if (!expected.contains(failure.errno())) {
            return "refused with " + failure.errno() + ", expected " + expected;
        }
        int length = Math.min(option.readBuffer().length, PythonOptions.MAX);
        String theirs = python.getsockopt(socket, option.level(), option.number(), length);
        return ONLY_US.containsKey(option.name())
                        || theirs.equals("errno " + failure.errno().number())
                ? ""
                : "we got " + failure.errno() + ", Python " + theirs;
    }
}
