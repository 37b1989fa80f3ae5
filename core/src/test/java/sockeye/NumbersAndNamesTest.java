// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Byte order, old forms of addresses, interfaces and families, beside Python's. */
class NumbersAndNamesTest {
    @Test
    @Tag("A7-06")
    void numbersAreTurnedAsPythonTurnsThem() throws Exception {
        List<String> ours = new ArrayList<>();
        for (int number : List.of(0, 1, 255, 256, 0x1234, 0xFFFF)) {
            ours.add(NetworkOrder.htons(number) + " " + NetworkOrder.ntohs(number));
        }
        for (long number : List.of(0L, 1L, 0x12345678L, 0xFFFF_FFFFL, 0x80000000L)) {
            ours.add(NetworkOrder.htonl(number) + " " + NetworkOrder.ntohl(number));
        }
        assertEquals(
                Python.run(
                        """
                        from socket import *
                        for n in 0, 1, 255, 256, 0x1234, 0xffff: print(htons(n), ntohs(n))
                        for n in 0, 1, 0x12345678, 0xffffffff, 0x80000000:
                            print(htonl(n), ntohl(n))
                        """,
                        List.of()),
                ours);
    }

    @Test
    @Tag("A7-06")
    void numbersThatDoNotFitAreRefused() {
        for (int number : List.of(-1, 0x10000, Integer.MIN_VALUE)) {
            assertThrows(IllegalArgumentException.class, () -> NetworkOrder.htons(number));
            assertThrows(IllegalArgumentException.class, () -> NetworkOrder.ntohs(number));
        }
        for (long number : List.of(-1L, 0x1_0000_0000L)) {
            assertThrows(IllegalArgumentException.class, () -> NetworkOrder.htonl(number));
            assertThrows(IllegalArgumentException.class, () -> NetworkOrder.ntohl(number));
        }
    }

    @Test
    @Tag("A7-07")
    void oldFormsOfAddressesAreReadAsInetAtonReadsThem() throws Exception {
        List<String> asked =
                new ArrayList<>(
                        List.of(
                                "127.1",
                                "127.0.1",
                                "1.2.3.4",
                                "0x7f000001",
                                "2130706433",
                                "0",
                                "017700000001",
                                "010.0.0.1",
                                "0X7F.1",
                                "1.65535",
                                "1.16777216",
                                "1.2.65536",
                                "256.1",
                                "4294967295",
                                "4294967296",
                                "08",
                                "0x",
                                "",
                                ".",
                                "1.",
                                ".1",
                                "1..2",
                                "1.2.3.4.5",
                                "-1",
                                "+1",
                                "1e3",
                                "::1",
                                "0xg",
                                "1.2.3.0400",
                                "00.0.0.0x0"));
        var random = new SplittableRandom(7);
        for (int i = 0; i < 2_000; i++) {
            var text = new StringBuilder();
            for (int length = random.nextInt(1, 14); length > 0; length--) {
                text.append("0123456789..00xfF8".charAt(random.nextInt(18)));
            }
            asked.add(text.toString());
        }
        List<String> ours = new ArrayList<>();
        for (String text : asked) {
            try {
                ours.add(IpAddress.parseAton(text).toString());
            } catch (IllegalArgumentException refused) {
                ours.add("refused");
            }
        }
        assertTrue(ours.stream().filter(each -> !each.equals("refused")).count() > 300);
        assertEquals(
                Python.run(
                        """
                        import socket, sys
                        for line in sys.stdin:
                            try:
                                print(socket.inet_ntoa(socket.inet_aton(line.rstrip('\\n'))))
                            except OSError:
                                print('refused')
                        """,
                        asked),
                ours);
        assertThrows(IllegalArgumentException.class, () -> IpAddress.parseAton("127.1 more"));
    }

    @Test
    @Tag("A7-09")
    void interfacesAreThoseOfPython() throws Exception {
        List<String> ours = new ArrayList<>();
        for (InterfaceName each : InterfaceName.all()) {
            ours.add(each.index() + " " + each.name());
            assertEquals(each.index(), InterfaceName.indexOf(each.name()));
            assertEquals(each.name(), InterfaceName.nameOf(each.index()));
        }
        assertEquals(
                Python.run(
                        """
                        import socket
                        for index, name in sorted(socket.if_nameindex()): print(index, name)
                        """,
                        List.of()),
                ours);
    }

    @Test
    @Tag("A7-09")
    void interfacesThatAreNotThereAreToldSo() {
        for (String name : List.of("no-such-if", "", "x".repeat(16), "a\0b")) {
            var gone = assertThrows(IOException.class, () -> InterfaceName.indexOf(name));
            assertEquals(Errno.ENODEV, ((ErrnoFailure) gone).errno());
        }
        for (int index : List.of(0, -1, Integer.MAX_VALUE)) {
            assertThrows(IOException.class, () -> InterfaceName.nameOf(index));
        }
    }

    @Test
    @Tag("A7-09")
    void interfacesAreThoseOfTheNamespaceOfTheMoment() throws Exception {
        NetworkNamespace made;
        try {
            made = NetworkNamespace.create();
        } catch (IOException refused) {
            assumeTrue(false, "no network namespace: " + refused.getMessage());
            return;
        }
        try (made) {
            List<InterfaceName> there = made.call(InterfaceName::all);
            assertTrue(there.contains(new InterfaceName(1, "lo")), "" + there);
            assertEquals(1, made.call(() -> InterfaceName.indexOf("lo")));
            assertFalse(there.equals(InterfaceName.all()) && there.size() > 1, "" + there);
        }
    }

    @Test
    @Tag("A7-11")
    void aFamilyIsKnownToTheKernelOrNot() throws Exception {
        assertTrue(AddressFamily.isSupported(AddressFamily.AF_INET));
        assertTrue(AddressFamily.isSupported(AddressFamily.AF_UNIX));
        assertFalse(AddressFamily.isSupported(200));
        // What Python says was decided when it was compiled; what a socket says, now.
        assertEquals(
                Python.run(
                                """
                                import socket
                                try:
                                    socket.socket(socket.AF_INET6).close()
                                    print(True)
                                except OSError:
                                    print(False)
                                """,
                                List.of())
                        .getFirst()
                        .toLowerCase(java.util.Locale.ROOT),
                "" + AddressFamily.isSupported(AddressFamily.AF_INET6));
    }
}
