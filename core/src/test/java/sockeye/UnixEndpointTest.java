// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.AddressFamily.AF_UNIX;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;

@Tag("A6-03")
@Tag("A6-04")
@Tag("A6-05")
class UnixEndpointTest {
    @Test
    void aPathIsWrittenWithItsNul() {
        assertEquals("0100" + "2f726100", encoded(UnixEndpoint.of("/ra")));
        assertEquals("0100" + "c3a900", encoded(UnixEndpoint.of("é")));
    }

    @Test
    void aPathThatFillsTheStructureHasNone() {
        String path = "p".repeat(UnixEndpoint.MAX_SUN_PATH);
        assertEquals("0100" + "70".repeat(108), encoded(UnixEndpoint.of(path)));
        assertEquals("0100" + "70".repeat(107) + "00", encoded(UnixEndpoint.of(path.substring(1))));
    }

    @Test
    void anAbstractNameHasALeadingNulAndItsExactLength() {
        assertEquals("0100" + "00" + "6e616d65", encoded(UnixEndpoint.ofAbstract("name")));
        assertEquals("0100" + "00", encoded(UnixEndpoint.ofAbstract("")));
        assertEquals(
                "0100" + "00" + "610062" + "00",
                encoded(UnixEndpoint.ofAbstract(new byte[] {'a', 0, 'b', 0})));
    }

    @Test
    void noNameIsTheFamilyAlone() {
        assertEquals("0100", encoded(UnixEndpoint.unnamed()));
    }

    @Test
    void aLongPathIsAValueButHasNoStructure() {
        var path = UnixEndpoint.of("/" + "x".repeat(UnixEndpoint.MAX_SUN_PATH));
        assertFalse(path.fitsSockaddr());
        assertTrue(UnixEndpoint.of("x".repeat(UnixEndpoint.MAX_SUN_PATH)).fitsSockaddr());
        assertTrue(UnixEndpoint.unnamed().fitsSockaddr());
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> path.encode(AF_UNIX, new byte[Endpoint.MAX_SOCKADDR]));
        assertTrue(e.getMessage().contains("has 109: /xxx"), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "'', 0, (unnamed)",
        "0100, 2, (unnamed)",
        "01002f7200, 5, /r",
        "01002f72, 4, /r",
        "01002f720072, 6, /r",
        "01002f7200, 128, /r",
        "0100006e, 4, @n",
        "0100006e, 3, @",
        "010000006e00, 6, @%00n%00",
    })
    void whatTheKernelWroteIsRead(String hex, int length, String text) {
        byte[] sockaddr = Arrays.copyOf(HexFormat.of().parseHex(hex), Endpoint.MAX_SOCKADDR);
        assertEquals(text, Endpoint.decode(sockaddr, length).toString());
    }

    /** The kernel counts a NUL behind the structure: the length is 111, the structure has 110. */
    @Test
    void aPathThatFillsTheStructureIsReadWithoutItsNul() {
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        var path = UnixEndpoint.of("p".repeat(108));
        assertEquals(110, path.encode(AF_UNIX, sockaddr));
        assertEquals(path, Endpoint.decode(sockaddr, 111));
        assertEquals(path, Endpoint.decode(sockaddr, 110));
    }

    @Test
    void anAbstractNameOfFullLengthIsNotCutByARoomyBuffer() {
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        var name = UnixEndpoint.ofAbstract("n".repeat(UnixEndpoint.MAX_ABSTRACT_NAME));
        assertEquals(110, name.encode(AF_UNIX, sockaddr));
        assertEquals(name, Endpoint.decode(sockaddr, 110));
    }

    @Test
    void everyNameSurvivesTheStructure() {
        var random = new Random(3);
        for (int i = 0; i < 5_000; i++) {
            byte[] name = new byte[random.nextInt(UnixEndpoint.MAX_ABSTRACT_NAME + 1)];
            random.nextBytes(name);
            var abstractName = UnixEndpoint.ofAbstract(name);
            assertArrayEquals(name, abstractName.nameBytes());
            byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
            random.nextBytes(sockaddr);
            assertEquals(
                    abstractName,
                    Endpoint.decode(sockaddr, abstractName.encode(AF_UNIX, sockaddr)));
            byte[] path = new byte[1 + random.nextInt(UnixEndpoint.MAX_SUN_PATH)];
            for (int at = 0; at < path.length; at++) {
                path[at] = (byte) (1 + random.nextInt(255));
            }
            var pathname = UnixEndpoint.ofPath(path);
            assertEquals(pathname, Endpoint.decode(sockaddr, pathname.encode(AF_UNIX, sockaddr)));
        }
    }

    @Test
    void theTextShowsWhatIsPrintableAndEncodesTheRest() {
        assertEquals("/run/x.sock", UnixEndpoint.of("/run/x.sock").toString());
        assertEquals("/run/my sock", UnixEndpoint.of("/run/my sock").toString());
        assertEquals("/tmp/é漢🐟", UnixEndpoint.of("/tmp/é漢🐟").toString());
        assertEquals("/a%0Ab%1B%7F", UnixEndpoint.of("/a\nb\u001b\u007f").toString());
        assertEquals("/a%E2%80%AEb", UnixEndpoint.of("/a\u202eb").toString(), "bidi override");
        assertEquals("/a%C2%A0b", UnixEndpoint.of("/a\u00a0b").toString(), "no-break space");
        assertEquals("/100%25", UnixEndpoint.of("/100%").toString());
        assertEquals("/x%3Fy", UnixEndpoint.of("/x?y").toString());
        assertEquals("@name", UnixEndpoint.ofAbstract("name").toString());
        assertEquals("%40name", UnixEndpoint.of("@name").toString());
        assertEquals("(unnamed)", UnixEndpoint.unnamed().toString());
        assertEquals("%28unnamed)", UnixEndpoint.of("(unnamed)").toString());
        assertEquals("%2F/double", UnixEndpoint.of("//double").toString());
    }

    @ParameterizedTest
    @CsvSource({
        "ff, %FF",
        "c3, %C3",
        "c328, %C3(",
        "c0af, %C0%AF",
        "e08080, %E0%80%80",
        "eda080, %ED%A0%80",
        "f4908080, %F4%90%80%80",
        "f8888080, %F8%88%80%80",
        "80, %80",
        "61c3a962, aéb",
        "e282, %E2%82",
        "f09f909f, 🐟",
        "f09f90, %F0%9F%90",
    })
    void bytesThatAreNoUtf8AreEncoded(String hex, String text) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        assertEquals("@" + text, UnixEndpoint.ofAbstract(bytes).toString());
        assertArrayEquals(bytes, Percent.decode(text));
    }

    @Test
    void theFormsAreToldApart() {
        var path = UnixEndpoint.of("a");
        var name = UnixEndpoint.ofAbstract("a");
        var none = UnixEndpoint.unnamed();
        assertTrue(path.isPath() && !path.isAbstract() && !path.isUnnamed());
        assertTrue(!name.isPath() && name.isAbstract() && !name.isUnnamed());
        assertTrue(!none.isPath() && !none.isAbstract() && none.isUnnamed());
        assertNotEquals(path, name);
        assertNotEquals(UnixEndpoint.ofAbstract(""), none);
        assertEquals(path, UnixEndpoint.ofPath(new byte[] {'a'}));
        assertEquals(path.hashCode(), UnixEndpoint.ofPath(new byte[] {'a'}).hashCode());
        assertEquals(UnixEndpoint.Form.PATH, path.form());
    }

    @Test
    void whatCannotBeANameIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> UnixEndpoint.of(""));
        assertThrows(IllegalArgumentException.class, () -> UnixEndpoint.of("a\0b"));
        assertThrows(IllegalArgumentException.class, () -> UnixEndpoint.of("a\ud800"));
        assertThrows(IllegalArgumentException.class, () -> UnixEndpoint.of("x".repeat(4_096)));
        assertEquals(4_095, UnixEndpoint.of("x".repeat(4_095)).nameBytes().length);
        assertThrows(
                IllegalArgumentException.class, () -> UnixEndpoint.ofAbstract("x".repeat(108)));
    }

    @Test
    void theBytesAreNotShared() {
        byte[] bytes = {'a', 'b'};
        var endpoint = UnixEndpoint.ofPath(bytes);
        bytes[0] = 'x';
        endpoint.nameBytes()[1] = 'y';
        assertEquals("ab", endpoint.toString());
    }

    @Test
    void theJdksPathsAreConvertedBothWays() {
        var theirs = UnixDomainSocketAddress.of("/run/x.sock");
        assertEquals(UnixEndpoint.of("/run/x.sock"), Endpoint.of(theirs));
        assertEquals(theirs, UnixEndpoint.of("/run/x.sock").toUnixDomainSocketAddress());
        assertEquals(Path.of("/run/x.sock"), UnixEndpoint.of(Path.of("/run/x.sock")).path());
        assertSame(UnixEndpoint.unnamed(), Endpoint.of(UnixDomainSocketAddress.of("")));
        assertEquals(
                UnixDomainSocketAddress.of(""), UnixEndpoint.unnamed().toUnixDomainSocketAddress());
        var name = UnixEndpoint.ofAbstract("x");
        assertThrows(IllegalStateException.class, name::toUnixDomainSocketAddress);
        assertThrows(IllegalStateException.class, name::path);
        var latin1 = UnixEndpoint.ofPath("é".getBytes(StandardCharsets.ISO_8859_1));
        assertThrows(IllegalStateException.class, latin1::path);
        Path module = Path.of(URI.create("jrt:/java.base"));
        assertThrows(IllegalArgumentException.class, () -> UnixEndpoint.of(module));
    }

    private static String encoded(UnixEndpoint endpoint) {
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        Arrays.fill(sockaddr, (byte) 0xEE);
        int length = endpoint.encode(AF_UNIX, sockaddr);
        assertEquals((byte) 0xEE, sockaddr[length], "what lies behind is left alone");
        return HexFormat.of().formatHex(sockaddr, 0, length);
    }
}
