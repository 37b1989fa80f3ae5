// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.wire.SocksTalk.REST;
import static sockeye.wire.SocksTalk.bytes;
import static sockeye.wire.SocksTalk.pieces;
import static sockeye.wire.SocksTalk.toServer;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.List;

/** A server's side of SOCKS: in pieces, no byte too many, and strictly. */
@Tag("D4-14")
class SocksServerMachineTest {
    private static final int WHOLE = Integer.MAX_VALUE / 2;
    private static final String BEHIND =
            HexFormat.of().formatHex(REST.getBytes(StandardCharsets.ISO_8859_1));

    private static String said(Object... parts) {
        return toServer(false, bytes(parts), pieces(WHOLE));
    }

    private static String saidWithLogins(Object... parts) {
        return toServer(true, bytes(parts), pieces(WHOLE));
    }

    private static String request(int version, SocksCommand command, String where, String user) {
        return new SocksRequest(version, command, SocksAddress.parse(where), user).toString();
    }

    @Test
    void aNameIsAskedForByVersion5() {
        assertEquals(
                List.of(
                                "0500",
                                request(5, SocksCommand.CONNECT, "example.org:80", ""),
                                "05000001c000020904d2",
                                "DONE before " + BEHIND)
                        .toString(),
                said(5, 1, 0, 5, 1, 0, 3, 11, "example.org", 0, 80, REST));
    }

    @Test
    void aNameIsAskedForByVersion4A() {
        assertEquals(
                List.of(
                                request(4, SocksCommand.CONNECT, "example.org:80", "me"),
                                "005a04d2c0000209",
                                "DONE before " + BEHIND)
                        .toString(),
                said(4, 1, 0, 80, 0, 0, 0, 7, "me", 0, "example.org", 0, REST));
    }

    @Test
    void anAddressIsAskedForByVersion4() {
        assertEquals(
                List.of(
                                request(4, SocksCommand.CONNECT, "192.0.2.33:80", ""),
                                "005a04d2c0000209",
                                "DONE before " + BEHIND)
                        .toString(),
                said(4, 1, 0, 80, 192, 0, 2, 33, 0, REST));
    }

    @Test
    void whoLogsInIsTheUserOfTheRequest() {
        assertEquals(
                List.of(
                                "0502",
                                "user/right",
                                "0100",
                                request(5, SocksCommand.CONNECT, "[2001:db8::1]:443", "user"),
                                "05000001c000020904d2",
                                "DONE before ")
                        .toString(),
                saidWithLogins(
                        new Object[] {5, 2, 0, 2, 1, 4, "user", 5, "right"},
                        new Object[] {5, 1, 0, 4, 0x20, 1, 13, 0xb8, new byte[11], 1, 1, 187}));
    }

    @Test
    void aWrongLoginIsAnsweredAndIsTheEnd() {
        assertEquals(
                "[0502, user/wrong, 0101, REFUSED: the login is not accepted]",
                saidWithLogins(5, 1, 2, 1, 4, "user", 5, "wrong", 5, 1, 0));
    }

    @Test
    void whoDoesNotLogInIsToldSo() {
        assertEquals("[05ff, REFUSED: the client does not log in]", saidWithLogins(5, 2, 0, 1));
        assertEquals("[05ff, REFUSED: the client insists on a login]", said(5, 1, 2));
        assertEquals("[05ff, REFUSED: a greeting without a method]", said(5, 0, 0));
        assertEquals("[005b000000000000, REFUSED: version 4 has no passwords]", saidWithLogins(4));
    }

    @Test
    void whatIsDeclinedIsAnsweredInTheClientsVersion() {
        String declined = "REFUSED: not allowed by the rules]";
        String five = said(5, 1, 0, 5, 1, 0, 1, 192, 0, 2, 33, 0, 1);
        assertTrue(five.endsWith("05020001000000000000, " + declined), five);
        String four = said(4, 1, 0, 1, 192, 0, 2, 33, 0);
        assertTrue(four.endsWith("005b000000000000, " + declined), four);
    }

    @Test
    void anAddressThatIsWrittenAsANameIsAnAddress() {
        String said = said(5, 1, 0, 5, 1, 0, 3, 9, "127.0.0.1", 0, 80);
        assertTrue(said.contains(request(5, SocksCommand.CONNECT, "127.0.0.1:80", "")), said);
        String mapped = said(5, 1, 0, 5, 1, 0, 4, new byte[10], 255, 255, 127, 0, 0, 1, 0, 80);
        assertEquals(said, mapped);
    }

    @Test
    void thereIsNoOtherSpellingOfAnAddress() {
        for (String host :
                List.of("127.1", "2130706433", "0177.0.0.1", "1.2.3.4.", "127.0.0.256")) {
            String said = said(5, 1, 0, 5, 1, 0, 3, host.length(), host, 0, 80);
            assertTrue(said.endsWith("REFUSED: a name that no host can have]"), said);
        }
    }

    @Test
    void whatIsNoSocksIsRefusedAtItsFirstByte() {
        for (String text : List.of("GET / HTTP/1.1\r\n", "CONNECT a:1", "\26\3\1", "\0", "\6")) {
            ByteBuffer first = ByteBuffer.wrap(bytes(text)).limit(1);
            var machine = new SocksServerMachine();
            assertEquals(SocksStep.REFUSED, machine.next(first));
            assertEquals("that is not SOCKS", machine.refusal());
            assertEquals(0, machine.wanted());
        }
    }

    @Test
    void aCommandThatDoesNotExistIsAnswered() {
        String reply = "05070001000000000000, REFUSED: a command that does not exist, 240]";
        assertEquals("[0500, " + reply, said(5, 1, 0, 5, 0xF0));
        String four = "[005b000000000000, REFUSED: a command that does not exist, 3]";
        assertEquals(four, said(4, 3));
    }

    @Test
    void aKindOfAddressThatDoesNotExistIsAnswered() {
        assertEquals(
                "[0500, 05080001000000000000, REFUSED: a kind of address that does not exist, 2]",
                said(5, 1, 0, 5, 1, 0, 2));
    }

    @Test
    void whatIsNotExactlyRightIsRefused() {
        String failed = "[0500, 05010001000000000000, REFUSED: ";
        assertEquals(failed + "a request that is not of version 5]", said(5, 1, 0, 4, 1, 0, 1));
        assertEquals(
                failed + "a request whose reserved byte is not zero]", said(5, 1, 0, 5, 1, 1, 1));
        assertEquals(failed + "a name without a letter]", said(5, 1, 0, 5, 1, 0, 3, 0, 0, 80));
        assertEquals(
                failed + "a name that no host can have]",
                said(5, 1, 0, 5, 1, 0, 3, 3, "a\0b", 0, 80));
        assertEquals(
                "[0502, 0101, REFUSED: a login of another version]", saidWithLogins(5, 1, 2, 5, 4));
        assertEquals(
                "[005b000000000000, REFUSED: a user with control characters]",
                said(4, 1, 0, 80, 192, 0, 2, 1, "a\nb", 0));
        assertEquals(
                "[005b000000000000, REFUSED: a name without a letter]",
                said(4, 1, 0, 80, 0, 0, 0, 1, 0, 0, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 64, 10_000})
    void aTextOfVersion4IsRefusedAtItsByte256(int piece) {
        String long255 = "x".repeat(255);
        String whole = toServer(false, bytes(4, 1, 0, 80, 192, 0, 2, 1, long255, 0), pieces(piece));
        assertTrue(whole.contains(long255 + "]"), whole);
        String user =
                toServer(
                        false,
                        bytes(4, 1, 0, 80, 192, 0, 2, 1, long255, "x".repeat(1_000)),
                        pieces(piece));
        assertEquals("[005b000000000000, REFUSED: a user of more than 255 bytes]", user);
        String name =
                toServer(
                        false,
                        bytes(4, 1, 0, 80, 0, 0, 0, 1, 0, long255, "x".repeat(1_000)),
                        pieces(piece));
        assertEquals("[005b000000000000, REFUSED: a name of more than 255 bytes]", name);
    }

    /** Every way to cut it in three. */
    @Test
    void everySplitGivesTheSame() {
        for (boolean logins : new boolean[] {false, true}) {
            for (byte[] all : logins ? SocksTalk.LOGINS : SocksTalk.CLIENTS) {
                String whole = toServer(logins, all, pieces(WHOLE));
                for (int piece = 0; piece < all.length; piece++) {
                    assertEquals(whole, toServer(logins, all, pieces(piece)));
                }
                for (int first = 1; first < all.length; first++) {
                    for (int second = 1; first + second < all.length; second++) {
                        var cuts = new ArrayDeque<>(List.of(first, second, all.length));
                        assertEquals(whole, toServer(logins, all, cuts::pop));
                    }
                }
            }
        }
    }

    @Test
    void whatIsCutShortWantsMore() {
        for (byte[] all : SocksTalk.CLIENTS) {
            int length = all.length - REST.length();
            for (int end = 0; end < length; end++) {
                byte[] part = ByteBuffer.allocate(end).put(all, 0, end).array();
                String said = toServer(false, part, pieces(WHOLE));
                assertTrue(said.endsWith("MORE]"), said);
                assertFalse(said.contains("SocksRequest"), said);
            }
        }
    }

    @Test
    void answersAreForQuestions() {
        var machine = new SocksServerMachine();
        assertThrows(IllegalStateException.class, machine::accept);
        assertThrows(IllegalStateException.class, machine::reject);
        assertThrows(IllegalStateException.class, machine::output);
        assertThrows(IllegalStateException.class, machine::request);
        assertThrows(IllegalStateException.class, machine::login);
        assertThrows(IllegalStateException.class, () -> machine.answer(SocksReply.GRANTED, null));
    }
}
