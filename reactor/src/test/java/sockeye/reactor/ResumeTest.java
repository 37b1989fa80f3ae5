// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.testkit.NoLeaks;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** What was kept while it was paused is shown after a resume, whatever callback that comes from. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class ResumeTest {
    private static final int MUCH = 4 << 20;

    /** Answers each byte with more than goes at once, and takes the next when that is gone. */
    private static final class ByTurns extends Recorder {
        @Override
        void onReceived(Transport from, ByteBuffer received) {
            received.get(); // the rest stays, and pauses
            from.write(new byte[MUCH]);
        }

        @Override
        void onWritable(Transport from, boolean writable) {
            if (writable) {
                from.resume();
            }
        }
    }

    /** Asks once, and waits for all that is owed. */
    private static final class Asker extends Recorder {
        private final String question;
        private long answered;

        Asker(String question) {
            this.question = question;
        }

        @Override
        void onOpened(Transport opened) {
            opened.write(question);
        }

        @Override
        void onReceived(Transport from, ByteBuffer received) {
            answered += received.remaining();
            received.position(received.limit());
            if (answered == (long) MUCH * question.length()) {
                from.close();
            }
        }

        @Override
        void onClosed(Transport from) {
            from.reactor().stop();
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D2-06")
    void whatWasLeftIsShownWhenItIsResumedAsThereIsRoomAgain(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening listening = reactor.listen(engine.fresh(), ByTurns::new);
            var asker = new Asker("four");
            reactor.connect(Objects.requireNonNull(listening.local()), asker);
            Engine.run(reactor);
            assertEquals((long) MUCH * 4, asker.answered);
            assertNull(asker.why);
        }
    }

    /** Sends back all it gets, but keeps little of it waiting, as relays do. */
    private static final class Careful extends Recorder {
        @Override
        void onReceived(Transport from, ByteBuffer received) {
            from.write(received);
            if (!from.isWritable()) {
                from.pause();
            }
        }

        @Override
        void onWritable(Transport from, boolean writable) {
            if (writable) {
                from.resume();
            }
        }
    }

    /** Writes whatever it may, without end, until enough has come back. */
    private static final class Flood extends Recorder {
        private final byte[] block =
                "0123456789abcdef".repeat(4096).getBytes(StandardCharsets.UTF_8);
        private long back;
        private long wrong;

        @Override
        void onOpened(Transport opened) {
            flow(opened);
        }

        private void flow(Transport to) {
            while (to.isWritable()) {
                to.write(block);
            }
        }

        @Override
        void onWritable(Transport to, boolean writable) {
            if (writable) {
                flow(to);
            }
        }

        @Override
        void onReceived(Transport from, ByteBuffer received) {
            while (received.hasRemaining()) {
                wrong += received.get() == block[(int) (back++ % block.length)] ? 0 : 1;
            }
            if (back > 16 << 20) {
                from.abort();
            }
        }

        @Override
        void onClosed(Transport from) {
            from.reactor().stop();
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D2-06")
    void anEchoThatPausesWhileItIsFullGoesOn(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening listening = reactor.listen(engine.fresh(), Careful::new);
            var flood = new Flood();
            reactor.connect(Objects.requireNonNull(listening.local()), flood);
            Engine.run(reactor);
            assertEquals(0, flood.wrong);
        }
    }
}
