// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.testing.RecordingProtocol;
import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;
import sockeye.wire.DelimiterFramer;
import sockeye.wire.FixedFramer;
import sockeye.wire.Framer;
import sockeye.wire.LengthFramer;
import sockeye.wire.LengthPrefix;
import sockeye.wire.LineFramer;
import sockeye.wire.NetstringFramer;
import sockeye.wire.RestFramer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;

/** Framings in the reactor: in the pieces that a simulated network makes, with pauses between. */
@Tag("D4-03")
@Tag("D4-04")
class FuzzedFramesTest {
    private static final int MAX = 9;
    private static final SimulatorSettings PIECES = SimulatorSettings.DEFAULT.withWindow(7);

    private static List<Supplier<Framer>> framers() {
        var all = new ArrayList<Supplier<Framer>>();
        for (LengthPrefix each : LengthPrefix.values()) {
            all.add(() -> new LengthFramer(each, MAX));
        }
        all.add(() -> new NetstringFramer(MAX));
        all.add(() -> new LineFramer(MAX));
        all.add(() -> new DelimiterFramer(new byte[] {0, 1}, MAX));
        all.add(() -> new FixedFramer(4));
        all.add(() -> new RestFramer(100));
        return all;
    }

    @Provide
    Arbitrary<byte[]> inputs() {
        return Arbitraries.of(
                        (byte) 0,
                        (byte) 1,
                        (byte) 2,
                        (byte) 3,
                        (byte) '\r',
                        (byte) '\n',
                        (byte) '0',
                        (byte) '1',
                        (byte) ':',
                        (byte) ',',
                        (byte) 0x80)
                .array(byte[].class)
                .ofMinSize(1)
                .ofMaxSize(60);
    }

    /** What the framer finds in all of it at once; null at the end if it refuses. */
    private static List<@Nullable String> directly(Framer framer, byte[] input) {
        var frames = new ArrayList<@Nullable String>();
        ByteBuffer all = ByteBuffer.wrap(input);
        Framer.Found found;
        while ((found = framer.next(all)) == Framer.Found.FRAME) {
            frames.add(HexFormat.of().formatHex(framer.copy()));
        }
        if (found == Framer.Found.MORE && (found = framer.rest()) == Framer.Found.FRAME) {
            frames.add(HexFormat.of().formatHex(framer.copy()));
        }
        if (found == Framer.Found.REFUSED) {
            frames.add(null);
        }
        return frames;
    }

    @Property(tries = 300, seed = "1")
    void theSameFramesAsAllAtOnce(@ForAll("inputs") byte[] input, @ForAll long seed) {
        for (Supplier<Framer> each : framers()) {
            var frames = new ArrayList<@Nullable String>();
            try (var simulator = Simulator.of(seed, PIECES)) {
                var protocol =
                        RecordingProtocol.around(
                                new Frames(
                                        each.get(),
                                        (frame, transport) -> {
                                            frames.add(HexFormat.of().formatHex(frame.copy()));
                                            if (simulator.random().nextBoolean()) {
                                                transport.pause();
                                                simulator.reactor().execute(transport::resume);
                                            }
                                        }));
                var pair = simulator.pair(protocol, new RecordingProtocol());
                pair.right().write(input);
                simulator.settle();
                pair.right().shutdownOutput();
                simulator.settle();
                assertTrue(protocol.isClosed());
                if (protocol.why() != null) {
                    assertInstanceOf(IOException.class, protocol.why());
                    frames.add(null);
                }
            }
            assertEquals(directly(each.get(), input), frames);
        }
    }

    /** Lines that announce raw bytes, after which lines go on: Twisted's setRawMode and back. */
    private static final class Mixed {
        private final List<String> heard = new ArrayList<>();

        Protocol lines() {
            return Lines.protocol(
                    20,
                    (line, transport) -> {
                        heard.add("line " + line);
                        if (line.startsWith("raw ")) {
                            transport.become(new Raw(Integer.parseInt(line.substring(4))));
                        }
                    });
        }

        private final class Raw implements Protocol {
            private final StringBuilder got = new StringBuilder();
            private int left;

            Raw(int left) {
                this.left = left;
            }

            @Override
            public void received(Transport transport, ByteBuffer bytes) {
                while (left > 0 && bytes.hasRemaining()) {
                    got.append((char) bytes.get());
                    left--;
                }
                if (left == 0) {
                    heard.add("raw " + got);
                    transport.become(lines());
                }
            }
        }
    }

    @Provide
    Arbitrary<List<String>> bodies() {
        return Arbitraries.strings()
                .withChars("ab\n\r ")
                .ofMinLength(1)
                .ofMaxLength(15)
                .list()
                .ofMaxSize(8);
    }

    @Property(tries = 500, seed = "1")
    void lineModeBecomesRawModeAndLineModeAgain(
            @ForAll("bodies") List<String> bodies, @ForAll long seed) {
        var stream = new StringBuilder();
        var expected = new ArrayList<String>();
        for (String body : bodies) {
            stream.append("hello\nraw ").append(body.length()).append("\r\n").append(body);
            expected.add("line hello");
            expected.add("line raw " + body.length());
            expected.add("raw " + body);
        }
        stream.append("bye\n");
        expected.add("line bye");
        var mixed = new Mixed();
        try (var simulator = Simulator.of(seed, PIECES)) {
            var right = new RecordingProtocol();
            var pair = simulator.pair(mixed.lines(), right);
            pair.right().write(stream.toString().getBytes(StandardCharsets.ISO_8859_1));
            pair.right().shutdownOutput();
            simulator.settle();
            assertTrue(right.isClosed());
            assertNull(right.why());
        }
        assertEquals(expected, mixed.heard);
    }
}
