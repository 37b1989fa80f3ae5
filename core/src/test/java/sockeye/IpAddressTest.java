// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;

@Tag("A6-01")
@Tag("A6-02")
class IpAddressTest {
    /** RFC 5952's own examples, and the corners of its rules. */
    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, 0.0.0.0",
        "255.255.255.255, 255.255.255.255",
        "::, ::",
        "0:0:0:0:0:0:0:0, ::",
        "::1, ::1",
        "1::, 1::",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:0DB8:0000:0000:0001:0000:0000:0001, 2001:db8::1:0:0:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "1:0:0:2:0:0:0:0, 1:0:0:2::",
        "0:0:0:0:1:2:3:4, ::1:2:3:4",
        "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
        "::2:3:4:5:6:7:8, 0:2:3:4:5:6:7:8",
        "::ffff:192.0.2.1, ::ffff:192.0.2.1",
        "::ffff:c000:201, ::ffff:192.0.2.1",
        "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
        "1:2:3:4:5:6:7.8.9.10, 1:2:3:4:5:6:708:90a",
        "::1.2.3.4, ::102:304",
    })
    void theTextIsTheCanonicalOne(String text, String canonical) {
        assertEquals(canonical, IpAddress.parse(text).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "01.2.3.4",
                "1.2.3.4 ",
                "1.2.3.",
                "+1.2.3.4",
                "0x1.2.3.4",
                "١.2.3.4",
                "localhost",
                ":",
                ":::",
                "1",
                ":1",
                "1:",
                "1::2::3",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8::",
                "::1:2:3:4:5:6:7:8",
                "2001:db8::0:1:1:1:1:1",
                "12345::",
                "g::",
                "::1%lo",
                "[::1]",
                "::1.2.3",
                "::01.2.3.4",
                "1.2.3.4::",
                "1:2:3:4:5:6:7:1.2.3.4",
                "::ffff:1.2.3.4:5",
                "fe80::1%1",
                "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555",
            })
    void whatIsNoAddressIsRefused(String text) {
        assertNull(IpAddress.parseOrNull(text));
        var e = assertThrows(IllegalArgumentException.class, () -> IpAddress.parse(text));
        assertTrue(e.getMessage().contains('"' + text + '"'), e.getMessage());
    }

    @Test
    void everyAddressIsWhatItsTextSays() {
        for (IpAddress address : addresses(20_000)) {
            assertEquals(address, IpAddress.parse(address.toString()));
            assertEquals(address, IpAddress.of(address.toBytes()));
        }
    }

    @Test
    void theCLibraryReadsAndRefusesTheSameTexts() throws Exception {
        var texts = new ArrayList<String>();
        var random = new Random(2);
        for (IpAddress address : addresses(3_000)) {
            String text = address.toString();
            texts.add(text);
            for (int i = 0; i < 4; i++) {
                texts.add(mutated(text, random));
            }
        }
        String script =
                """
                import socket, sys
                for line in sys.stdin:
                    text = line.rstrip('\\n')
                    try:
                        family = socket.AF_INET6 if ':' in text else socket.AF_INET
                        print(socket.inet_pton(family, text).hex())
                    except OSError:
                        print('none')
                """;
        List<String> answers = Python.run(script, texts);
        assertEquals(texts.size(), answers.size());
        int refused = 0;
        for (int i = 0; i < texts.size(); i++) {
            IpAddress ours = IpAddress.parseOrNull(texts.get(i));
            String mine = ours == null ? "none" : HexFormat.of().formatHex(ours.toBytes());
            assertEquals(answers.get(i), mine, texts.get(i));
            refused += ours == null ? 1 : 0;
        }
        assertTrue(refused > 1_000 && refused < texts.size() - 3_000, refused + " refused");
    }

    @Test
    void theJdkHasTheSameBytes() throws Exception {
        for (IpAddress address : addresses(2_000)) {
            InetAddress theirs = InetAddress.getByName(address.toString());
            assertEquals(address.unmapped(), IpAddress.of(theirs));
            assertEquals(theirs, address.toInetAddress());
        }
    }

    @Test
    void aMappedAddressStaysOneUntilItIsUnmapped() {
        IpAddress mapped = IpAddress.parse("::ffff:192.0.2.1");
        IpAddress plain = IpAddress.parse("192.0.2.1");
        assertTrue(mapped.isMapped());
        assertTrue(mapped.isIpv6());
        assertFalse(mapped.equals(plain));
        assertEquals(plain, mapped.unmapped());
        assertEquals(mapped, plain.mapped());
        assertFalse(IpAddress.parse("::fffe:192.0.2.1").isMapped());
        assertFalse(IpAddress.parse("1::ffff:192.0.2.1").isMapped());
        assertFalse(plain.isMapped());
        assertEquals(IpAddress.LOOPBACK_IPV6, IpAddress.LOOPBACK_IPV6.unmapped());
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.99, 24, 192.0.2.0",
        "192.0.2.99, 32, 192.0.2.99",
        "192.0.2.99, 31, 192.0.2.98",
        "192.0.2.99, 0, 0.0.0.0",
        "255.255.255.255, 1, 128.0.0.0",
        "2001:db8:1:2:3:4:5:6, 64, 2001:db8:1:2::",
        "2001:db8:1:2:3:4:5:6, 65, 2001:db8:1:2::",
        "2001:db8:1:2:8003:4:5:6, 65, 2001:db8:1:2:8000::",
        "2001:db8:1:2:3:4:5:6, 63, 2001:db8:1:2::",
        "2001:db8:1:3:3:4:5:6, 63, 2001:db8:1:2::",
        "2001:db8:1:2:3:4:5:6, 128, 2001:db8:1:2:3:4:5:6",
        "2001:db8:1:2:3:4:5:7, 127, 2001:db8:1:2:3:4:5:6",
        "ffff::1, 0, ::",
    })
    void aPrefixKeepsItsBitsAlone(String address, int length, String first) {
        assertEquals(IpAddress.parse(first), IpAddress.parse(address).prefix(length));
        assertTrue(IpAddress.parse(address).isIn(IpAddress.parse(first), length));
    }

    @Test
    void anAddressIsInNoPrefixOfTheOtherFamily() {
        assertFalse(IpAddress.parse("::1").isIn(IpAddress.ANY_IPV4, 0));
        assertFalse(IpAddress.parse("127.0.0.1").isIn(IpAddress.ANY_IPV6, 0));
        assertFalse(IpAddress.parse("192.0.3.1").isIn(IpAddress.parse("192.0.2.0"), 24));
        assertThrows(
                IllegalArgumentException.class,
                () -> IpAddress.parse("::1").isIn(IpAddress.ANY_IPV4, 33));
        assertThrows(IllegalArgumentException.class, () -> IpAddress.LOOPBACK_IPV4.prefix(-1));
        assertThrows(IllegalArgumentException.class, () -> IpAddress.LOOPBACK_IPV6.prefix(129));
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, loopback",
        "127.255.0.3, loopback",
        "::1, loopback",
        "::ffff:127.0.0.1, loopback",
        "128.0.0.1, -",
        "::2, -",
        "224.0.0.1, multicast",
        "239.255.255.255, multicast",
        "240.0.0.0, -",
        "ff02::1, multicast",
        "::ffff:224.0.0.1, multicast",
        "169.254.0.1, linkLocal",
        "fe80::1, linkLocal",
        "febf::1, linkLocal",
        "fec0::1, -",
        "10.0.0.1, private",
        "172.16.0.1, private",
        "172.31.255.255, private",
        "172.32.0.0, -",
        "192.168.1.1, private",
        "192.169.1.1, -",
        "fc00::1, private",
        "fdff::1, private",
        "fe00::1, -",
        "8.8.8.8, -",
        "0.0.0.0, unspecified",
        "::, unspecified",
        "0.0.0.1, -",
    })
    void anAddressKnowsWhatItIsFor(String text, String kind) {
        IpAddress address = IpAddress.parse(text);
        assertEquals(kind.equals("loopback"), address.isLoopback());
        assertEquals(kind.equals("multicast"), address.isMulticast());
        assertEquals(kind.equals("linkLocal"), address.isLinkLocal());
        assertEquals(kind.equals("private"), address.isPrivate());
        assertEquals(kind.equals("unspecified"), address.isUnspecified());
    }

    @Test
    void addressesAreSortedByFamilyThenAsUnsignedNumbers() {
        var sorted = new TreeSet<IpAddress>();
        var texts = List.of("ffff::", "::ffff:0:0:0", "::1", "255.0.0.0", "7fff::", "1.0.0.0");
        texts.forEach(text -> sorted.add(IpAddress.parse(text)));
        assertEquals("[1.0.0.0, 255.0.0.0, ::1, ::ffff:0:0:0, 7fff::, ffff::]", sorted.toString());
    }

    @Test
    void theConstructorRefusesWhatIsNoAddress() {
        assertThrows(IllegalArgumentException.class, () -> new IpAddress(1, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new IpAddress(2, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new IpAddress(2, 0, 1L << 32));
        assertThrows(IllegalArgumentException.class, () -> new IpAddress(2, 0, -1));
        assertThrows(IllegalArgumentException.class, () -> IpAddress.of(new byte[5]));
        assertArrayEquals(new byte[] {-1, -1, -1, -1}, IpAddress.BROADCAST.toBytes());
    }

    /** Addresses of both families, rich in zeros. */
    private static List<IpAddress> addresses(int count) {
        var random = new Random(1);
        var addresses = new ArrayList<IpAddress>();
        for (int i = 0; i < count; i++) {
            addresses.add(
                    random.nextInt(4) == 0
                            ? IpAddress.ipv4(random.nextInt())
                            : IpAddress.ipv6(groups(random), groups(random)));
        }
        return addresses;
    }

    private static long groups(Random random) {
        long groups = 0;
        for (int i = 0; i < 4; i++) {
            int group = random.nextInt(3) == 0 ? random.nextInt(0x1_0000) : random.nextInt(2);
            groups = groups << 16 | (random.nextInt(16) == 0 ? 0xFFFF : group);
        }
        return groups;
    }

    private static String mutated(String text, Random random) {
        var mutated = new StringBuilder(text);
        String alphabet = "0123456789abcdefABCDEF::::....g%";
        for (int edits = 1 + random.nextInt(2); edits > 0; edits--) {
            int at = random.nextInt(mutated.length() + 1);
            char c = alphabet.charAt(random.nextInt(alphabet.length()));
            switch (random.nextInt(3)) {
                case 0 -> mutated.insert(at, c);
                case 1 -> mutated.delete(at, Math.min(mutated.length(), at + 1));
                default -> mutated.replace(at, Math.min(mutated.length(), at + 1), "" + c);
            }
        }
        return mutated.toString();
    }
}
