// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.EOFException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Units of a stream by count, by separator and by the end; some beside asyncio's. */
@Tag("C-07")
class ReaderUnitsTest {
    private StreamSocket.Pair pair;

    @BeforeEach
    void open() throws Exception {
        pair = StreamSocket.pair();
    }

    @AfterEach
    void close() throws Exception {
        pair.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }

    private static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, ISO_8859_1);
    }

    private LineReader after(String sent) throws Exception {
        pair.left().write(bytes(sent));
        pair.left().shutdownOutput();
        return pair.right().reader();
    }

    @Test
    void aUnitEndsWithItsSeparator() throws Exception {
        LineReader reader = after("one\r\n\r\ntwo--three");
        assertEquals("one\r\n\r\n", text(reader.readUntil(bytes("\r\n\r\n"))));
        assertEquals("two--", text(reader.readUntil(bytes("--"))));
        var cut = assertThrows(IncompleteReadException.class, () -> reader.readUntil(bytes("--")));
        assertEquals("three", text(cut.partial()));
        assertEquals(-1, cut.expected());
        assertEquals("the stream ended after 5 bytes without a separator", cut.getMessage());
        assertEquals("three", text(reader.readAll(5)));
        assertNull(reader.readUntil(bytes("--")));
    }

    @Test
    void ofSeveralSeparatorsTheOneThatEndsFirstCountsAndOfThoseTheLongest() throws Exception {
        LineReader reader = after("a\r\nb\nc;d");
        byte[][] ends = {bytes("\n"), bytes("\r\n"), bytes(";")};
        assertEquals("a\r\n", text(reader.readUntil(ends)));
        assertEquals("b\n", text(reader.readUntil(ends)));
        assertEquals("c;", text(reader.readUntil(ends)));
    }

    @Test
    void aSeparatorThatComesInPartsIsFound() throws Exception {
        for (String part : List.of("x", "=", "=", "=", "y")) {
            pair.left().write(part);
            pair.right().awaitInput();
        }
        LineReader reader = pair.right().reader();
        assertEquals("x===", text(reader.readUntil(bytes("==="))));
        // And while it is waited for.
        var writer =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                for (String part : List.of("z=", "=", "=w")) {
                                    pair.left().write(part);
                                }
                            } catch (java.io.IOException lost) {
                                throw new java.io.UncheckedIOException(lost);
                            }
                        });
        assertEquals("yz===", text(reader.readUntil(bytes("==="))));
        assertEquals("w", text(reader.readAtMost(9)));
        writer.join();
    }

    @Test
    void whatIsOverTheLimitIsToldAndKept() throws Exception {
        LineReader reader = after("12345678,90").limit(7);
        var over = assertThrows(LimitOverrunException.class, () -> reader.readUntil(bytes(",")));
        assertEquals(7, over.limit());
        assertEquals(8, over.held());
        assertEquals("12345678", text(reader.readExactly(over.held())));
        assertEquals(",", text(reader.readUntil(bytes(","))));
        assertEquals("90", text(reader.readAll(2)));
    }

    @Test
    void aLimitThatIsJustKeptIsKept() throws Exception {
        LineReader reader = after("1234567,12345678").limit(7);
        assertEquals("1234567,", text(reader.readUntil(bytes(","))));
        var over = assertThrows(LimitOverrunException.class, () -> reader.readUntil(bytes(",")));
        assertEquals(8, over.held());
        var line = assertThrows(LineTooLongException.class, reader::readLine);
        assertEquals(7, line.limit());
    }

    @Test
    void tooFewBytesAreInTheExceptionAndStillToBeRead() throws Exception {
        LineReader reader = after("abc");
        var cut = assertThrows(EOFException.class, () -> reader.readExactly(5));
        IncompleteReadException failure = (IncompleteReadException) cut;
        assertEquals("abc", text(failure.partial()));
        assertEquals(5, failure.expected());
        assertEquals("the stream ended after 3 of 5 bytes", cut.getMessage());
        failure.partial()[0] = 0;
        assertEquals("abc", text(failure.partial()));
        assertEquals("abc", text(reader.readExactly(3)));
    }

    @Test
    void readAtMostGivesWhatIsThere() throws Exception {
        LineReader reader = after("abcdef");
        assertEquals("ab", text(reader.readAtMost(2)));
        assertEquals("cdef", text(reader.readAtMost(100)));
        assertNull(reader.readAtMost(1));
        assertThrows(IllegalArgumentException.class, () -> reader.readAtMost(0));
    }

    @Test
    void theEndIsKnownOnlyWhenItIsThere() throws Exception {
        LineReader reader = pair.right().reader();
        pair.left().write("x");
        assertFalse(reader.isAtEnd());
        assertEquals(1, reader.available());
        assertEquals("x", text(reader.readExactly(1)));
        pair.left().shutdownOutput();
        assertTrue(reader.isAtEnd());
        assertTrue(reader.isAtEnd());
    }

    @Test
    void everythingIsReadUpToABound() throws Exception {
        LineReader reader = after("x".repeat(100_000));
        var over = assertThrows(LimitOverrunException.class, () -> reader.readAll(99_999));
        assertEquals(99_999, over.limit());
        assertEquals(100_000, reader.readAll(100_000).length);
        assertEquals(0, reader.readAll(0).length);
    }

    @Test
    void separatorsOfNothingAreRefused() throws Exception {
        LineReader reader = after("x");
        assertThrows(IllegalArgumentException.class, reader::readUntil);
        assertThrows(
                IllegalArgumentException.class, () -> reader.readUntil(bytes("x"), new byte[0]));
    }

    /** The units of any text, cut and limited in any way, are those that asyncio finds. */
    @Test
    void unitsAreThoseOfAsyncio() throws Exception {
        List<String> asked = new ArrayList<>();
        List<String> ours = new ArrayList<>();
        for (int seed = 0; seed < 200; seed++) {
            var random = new SplittableRandom(seed);
            var sent = new StringBuilder();
            for (int i = random.nextInt(60); i > 0; i--) {
                sent.append("ab=".charAt(random.nextInt(3)));
            }
            String separator = List.of("=", "==", "a=", "ab", "aab").get(random.nextInt(5));
            int limit = random.nextInt(1, 20);
            asked.add(separator + " " + limit + " " + sent);
            try (var own = StreamSocket.pair()) {
                own.left().write(sent.toString());
                own.left().shutdownOutput();
                ours.add(units(own.right().reader().limit(limit), bytes(separator)));
            }
        }
        assertEquals(
                Python.run(
                        """
                        import asyncio, sys
                        async def units(separator, limit, sent):
                            reader = asyncio.StreamReader(limit=limit)
                            reader.feed_data(sent)
                            reader.feed_eof()
                            found = []
                            while True:
                                try:
                                    found.append((await reader.readuntil(separator)).decode())
                                except asyncio.IncompleteReadError as e:
                                    return found + ['end:' + e.partial.decode()]
                                except asyncio.LimitOverrunError as e:
                                    taken = await reader.readexactly(e.consumed)
                                    found.append('over:' + taken.decode())
                        for line in sys.stdin:
                            separator, limit, sent = line.rstrip('\\n').split(' ')
                            print(*asyncio.run(units(
                                separator.encode(), int(limit), sent.encode())))
                        """,
                        asked),
                ours);
    }

    private static String units(LineReader reader, byte[] separator) throws Exception {
        List<String> found = new ArrayList<>();
        while (true) {
            try {
                byte[] unit = reader.readUntil(separator);
                if (unit == null) {
                    found.add("end:");
                    break;
                }
                found.add(text(unit));
            } catch (IncompleteReadException cut) {
                found.add("end:" + text(cut.partial()));
                break;
            } catch (LimitOverrunException over) {
                found.add("over:" + text(reader.readExactly(over.held())));
            }
        }
        return String.join(" ", found);
    }
}
