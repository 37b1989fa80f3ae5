// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.testkit.NoLeaks;
import sockeye.wire.LengthFramer;
import sockeye.wire.LengthPrefix;
import sockeye.wire.LineFramer;
import sockeye.wire.NetstringFramer;
import sockeye.wire.RestFramer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Framings of wire, on every driver. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class FramesTest {
    /** Sends all of this to a protocol, and ends; what comes back. */
    private static String told(Engine engine, Protocol.Factory protocols, byte[] question)
            throws IOException {
        try (Reactor reactor = engine.open()) {
            var client =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write(question);
                            opened.shutdownOutput();
                        }

                        @Override
                        void onClosed(Transport from) {
                            from.reactor().stop();
                        }
                    };
            Listening listening = reactor.listen(engine.fresh(), protocols);
            reactor.connect(Objects.requireNonNull(listening.local()), client);
            boolean[] late = {false};
            DelayedCall limit =
                    reactor.after(
                            Duration.ofSeconds(20),
                            () -> {
                                late[0] = true;
                                reactor.stop();
                            });
            reactor.run();
            limit.cancel();
            assertFalse(late[0], "nothing stopped it");
            return client.bytes.toString(UTF_8);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D4-01")
    void linesAreAnsweredOneByOneTheLastWithoutAnEndToo(Engine engine) throws Exception {
        Protocol.Factory lines = Lines.to((line, transport) -> transport.write("<" + line + ">"));
        assertEquals("<a><><été><last>", told(engine, lines, "a\r\n\nété\nlast".getBytes(UTF_8)));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D4-01")
    void aPauseHoldsBackLinesThatHaveComeAlready(Engine engine) throws Exception {
        var waits = new boolean[1];
        Protocol.Factory lines =
                Lines.to((line, transport) -> {
                    assertFalse(waits[0], "a line while paused");
                    waits[0] = true;
                    transport.write(line + ";");
                    transport.pause();
                    transport
                            .reactor()
                            .after(
                                    Duration.ofMillis(1),
                                    () -> {
                                        waits[0] = false;
                                        transport.resume();
                                    });
                });
        assertEquals("1;2;3;4;5;", told(engine, lines, "1\n2\n3\n4\n5\n".getBytes(UTF_8)));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D4-03")
    void framingsChangeInMidStream(Engine engine) throws Exception {
        Frames.Handler rest = (frame, transport) -> transport.write(text(frame.copy()) + "!");
        Frames.Handler string =
                (frame, transport) -> {
                    transport.write(text(frame.copy()) + ",");
                    transport.become(new Frames(new RestFramer(100), rest));
                };
        Frames.Handler line =
                (frame, transport) -> {
                    transport.write(text(frame.copy()) + ",");
                    transport.become(new Frames(new NetstringFramer(100), string));
                };
        Protocol.Factory header = Frames.of(() -> new LineFramer(100), line);
        assertEquals(
                "header,body,1\n2\n3!",
                told(engine, header, "header\n4:body,1\n2\n3".getBytes(UTF_8)));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D4-04")
    void aFrameThatIsTooLongEndsItsConnection(Engine engine) throws Exception {
        List<Throwable> reasons = new ArrayList<>();
        Protocol.Factory frames =
                () -> {
                    var inner =
                            new Frames(
                                    new LengthFramer(LengthPrefix.U16_BE, 100),
                                    (frame, transport) -> {});
                    return new Protocol() {
                        @Override
                        public void received(Transport from, ByteBuffer bytes) throws Exception {
                            inner.received(from, bytes);
                        }

                        @Override
                        public void closed(Transport from, @Nullable Throwable why) {
                            reasons.add(why);
                        }
                    };
                };
        told(engine, frames, new byte[] {0, 1, 7, 1, 1});
        assertEquals(1, reasons.size());
        assertInstanceOf(IOException.class, reasons.getFirst());
        assertTrue(reasons.getFirst().getMessage().contains("257"), reasons.toString());
    }
}
