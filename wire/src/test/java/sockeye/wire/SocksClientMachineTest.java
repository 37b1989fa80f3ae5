// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.wire.SocksTalk.bytes;
import static sockeye.wire.SocksTalk.pieces;
import static sockeye.wire.SocksTalk.toClient;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.Errno;
import sockeye.InetEndpoint;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;

/** A client's side of SOCKS, and what it is told to ask. */
@Tag("D4-14")
class SocksClientMachineTest {
    private static final int WHOLE = Integer.MAX_VALUE / 2;
    private static final SocksCall NAME = SocksCall.to("example.org", 80);
    private static final SocksCall LOGIN = NAME.withLogin("user", "pass");

    /** Calls, and what a server says to each. */
    static final Map<SocksCall, byte[]> SERVERS =
            Map.of(
                    NAME,
                    bytes(5, 0, 5, 0, 0, 1, 192, 0, 2, 9, 4, 210, "220 hello"),
                    LOGIN,
                    bytes(5, 2, 1, 0, 5, 0, 0, 3, 1, "a", 0, 7, "220 hello"),
                    SocksCall.to("192.0.2.1", 80),
                    bytes(5, 0, 5, 0, 0, 4, new byte[18], "\5"),
                    SocksCall.to("2001:db8::1", 80),
                    bytes(5, 0, 5, 5, 0, 1),
                    SocksCall.to("2001:db8::2", 80),
                    bytes(5, 255),
                    NAME.byVersion4(),
                    bytes(0, 90, 4, 210, 192, 0, 2, 9, "220 hello"),
                    NAME.byVersion4("me"),
                    bytes(0, 93, 0, 0, 0, 0, 0, 0));

    private static String said(SocksCall call, Object... parts) {
        return toClient(call, bytes(parts), pieces(WHOLE));
    }

    private static SocksClientMachine fed(SocksCall call, Object... parts) {
        var machine = new SocksClientMachine(call);
        ByteBuffer input = ByteBuffer.wrap(bytes(parts));
        while (machine.next(input) == SocksStep.SEND) {
            machine.output();
        }
        return machine;
    }

    @Test
    void aNameIsResolvedByTheServer() {
        assertEquals(
                "[050100, 050100030b6578616d706c652e6f72670050, DONE before 6869]",
                said(NAME, 5, 0, 5, 0, 0, 1, 192, 0, 2, 9, 4, 210, "hi"));
    }

    @Test
    void aLoginIsToldToWhoAsks() {
        assertEquals("[05020002, 050100030b6578616d706c652e6f72670050, MORE]", said(LOGIN, 5, 0));
        assertEquals("[05020002, 010475736572" + "0470617373, MORE]", said(LOGIN, 5, 2));
        for (int version : new int[] {1, 5}) {
            String said = said(LOGIN, 5, 2, version, 0);
            assertTrue(said.endsWith("050100030b6578616d706c652e6f72670050, MORE]"), said);
        }
    }

    @Test
    void addressesAreSentAsTheyAre() {
        assertEquals(
                "[050100, 05010001c00002010050, MORE]", said(SocksCall.to("192.0.2.1", 80), 5, 0));
        assertEquals(
                "[050100, 0501000420010db800000000000000000000000101bb, MORE]",
                said(SocksCall.to("2001:db8::1", 443), 5, 0));
        assertEquals(
                "[050100, 05010001c00002010050, MORE]",
                said(SocksCall.to(SocksAddress.of(InetEndpoint.of("::ffff:192.0.2.1", 80))), 5, 0));
    }

    @Test
    void version4IsOneQuestionAndOneAnswer() {
        assertEquals(
                "[04010050c000020100, DONE before 6869]",
                said(SocksCall.to("192.0.2.1", 80).byVersion4(), 0, 90, 0, 0, 0, 0, 0, 0, "hi"));
        assertEquals(
                "[0401005000000001" + "6d6500" + "6578616d706c652e6f726700, MORE]",
                said(NAME.byVersion4("me")));
    }

    @Test
    void theServersAddressIsTold() {
        assertEquals(
                SocksAddress.parse("192.0.2.9:1234"),
                fed(NAME, 5, 0, 5, 0, 0, 1, 192, 0, 2, 9, 4, 210).bound());
        assertEquals(
                SocksAddress.parse("192.0.2.9:1234"),
                fed(NAME.byVersion4(), 0, 90, 4, 210, 192, 0, 2, 9).bound());
        assertThrows(IllegalStateException.class, new SocksClientMachine(NAME)::bound);
        assertThrows(IllegalStateException.class, new SocksClientMachine(NAME)::failure);
    }

    @ParameterizedTest
    @CsvSource({
        "1, FAILED",
        "2, NOT_ALLOWED",
        "3, NETWORK_UNREACHABLE",
        "4, HOST_UNREACHABLE",
        "5, CONNECTION_REFUSED",
        "6, TIMED_OUT",
        "7, COMMAND_NOT_SUPPORTED",
        "8, ADDRESS_NOT_SUPPORTED",
        "9, FAILED",
        "255, FAILED",
    })
    void aRefusalIsKnownByItsNumberAlone(int code, SocksReply reply) {
        SocksException told = fed(NAME, 5, 0, 5, code).failure();
        assertEquals(reply, told.reply());
        assertEquals(
                "SOCKS 5 to example.org:80: %s (%d)".formatted(reply.text(), code),
                told.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"91, FAILED", "92, NO_IDENT", "93, OTHER_IDENT", "0, FAILED"})
    void aRefusalOfVersion4Too(int code, SocksReply reply) {
        assertEquals(reply, fed(NAME.byVersion4(), 0, code).failure().reply());
    }

    @Test
    void whatNoServerSaysIsRefused() {
        assertEquals("[050100, REFUSED: the server does not speak SOCKS 5]", said(NAME, "HTTP"));
        assertEquals("[050100, REFUSED: the server wants a login]", said(NAME, 5, 255));
        assertEquals("[05020002, REFUSED: no login is accepted]", said(LOGIN, 5, 255));
        assertEquals(
                "[050100, REFUSED: the server wants what was not offered, method 2]",
                said(NAME, 5, 2));
        assertEquals(
                "[05020002, REFUSED: the server wants what was not offered, method 1]",
                said(LOGIN, 5, 1));
        String wrong = "[05020002, 010475736572" + "0470617373, REFUSED: ";
        assertEquals(wrong + "the server does not accept the login]", said(LOGIN, 5, 2, 1, 1));
        assertEquals(wrong + "an answer to a login of another version]", said(LOGIN, 5, 2, 2, 0));
        String asked = "[050100, 050100030b6578616d706c652e6f72670050, REFUSED: ";
        assertEquals(asked + "an answer that is not of version 5]", said(NAME, 5, 0, 4));
        assertEquals(
                asked + "an answer whose reserved byte is not zero]", said(NAME, 5, 0, 5, 0, 1));
        assertEquals(
                asked + "a kind of address that does not exist, 9]", said(NAME, 5, 0, 5, 0, 0, 9));
        assertNull(fed(NAME, 5, 255).failure().reply());
        assertTrue(said(NAME.byVersion4(), 4).endsWith("an answer that is not of version 4]"));
    }

    @Test
    void everySplitGivesTheSame() {
        SERVERS.forEach((call, all) -> {
            String whole = toClient(call, all, pieces(WHOLE));
            for (int piece = 0; piece < all.length; piece++) {
                assertEquals(whole, toClient(call, all, pieces(piece)));
            }
            for (int first = 1; first < all.length; first++) {
                for (int second = 1; first + second < all.length; second++) {
                    var cuts = new ArrayDeque<>(List.of(first, second, all.length));
                    assertEquals(whole, toClient(call, all, cuts::pop));
                }
            }
        });
    }

    // What can be asked for.

    @Test
    void whatAVersionCannotSayIsRefusedBefore() {
        SocksCall ipv6 = SocksCall.to("::1", 80);
        assertThrows(IllegalArgumentException.class, ipv6::byVersion4);
        assertThrows(IllegalArgumentException.class, SocksCall.to("0.0.0.7", 80)::byVersion4);
        assertThrows(IllegalArgumentException.class, LOGIN::byVersion4);
        assertThrows(IllegalArgumentException.class, () -> NAME.byVersion4("a\0b"));
        assertThrows(
                IllegalArgumentException.class, () -> NAME.byVersion4().withLogin("me", "secret"));
        assertThrows(
                IllegalArgumentException.class, () -> new SocksCall(6, NAME.destination(), null));
        assertThrows(IllegalArgumentException.class, () -> NAME.withLogin("x".repeat(256), "pass"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a\n", "127.1", "b\u00fccher.example", "[::1]", "a..b"})
    void whatIsNoHostIsRefused(String host) {
        assertThrows(IllegalArgumentException.class, () -> SocksCall.to(host, 80));
    }

    @Test
    void anAddressIsReadAsItIsWritten() {
        for (String each : List.of("example.org:80", "192.0.2.1:80", "[2001:db8::1]:80")) {
            assertEquals(each, SocksAddress.parse(each).toString());
        }
        assertThrows(IllegalArgumentException.class, () -> SocksAddress.parse("80"));
        assertThrows(IllegalArgumentException.class, () -> SocksAddress.parse("[fe80::1%lo]:80"));
        assertThrows(IllegalArgumentException.class, () -> SocksAddress.of("a", 65_536));
        assertThrows(IllegalArgumentException.class, () -> SocksAddress.of("192.0.2.1", -1));
    }

    @Test
    void aPasswordIsShownToNobody() {
        assertFalse(LOGIN.toString().contains("pass"), LOGIN.toString());
        assertEquals(SocksLogin.of("user", "pass"), LOGIN.login());
        assertNotEquals(SocksLogin.of("user", "pass2"), LOGIN.login());
        assertNotEquals(SocksLogin.of("userp", "ass"), LOGIN.login());
        var accounts = SocksAccounts.NONE.with("a", "1").with("b", "2");
        assertTrue(accounts.test(SocksLogin.of("b", "2")));
        assertFalse(accounts.test(SocksLogin.of("b", "1")));
        assertFalse(accounts.test(SocksLogin.of("", "")));
        assertEquals("SocksAccounts[2]", accounts.toString());
    }

    @Test
    void whatAConnectFailedWithHasAnAnswer() {
        assertEquals(SocksReply.CONNECTION_REFUSED, SocksReply.of(Errno.ECONNREFUSED));
        assertEquals(SocksReply.NETWORK_UNREACHABLE, SocksReply.of(Errno.ENETUNREACH));
        assertEquals(SocksReply.HOST_UNREACHABLE, SocksReply.of(Errno.EHOSTUNREACH));
        assertEquals(SocksReply.TIMED_OUT, SocksReply.of(Errno.ETIMEDOUT));
        assertEquals(SocksReply.NOT_ALLOWED, SocksReply.of(Errno.EACCES));
        assertEquals(SocksReply.FAILED, SocksReply.of(Errno.EMFILE));
    }
}
