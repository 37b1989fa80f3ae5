// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.time.ZoneOffset;
import java.util.stream.Stream;

/** What is promised to allocate nothing per message, counted by the JVM for this thread. */
class AllocationTest {
    private static final int MESSAGES = 20_000;

    /**
     * What the counting itself and a stray recompilation may cost; far below a byte per message.
     */
    private static final long NOISE = 4_096;

    private final Output out = Output.ofCapacity(4_096);
    private final Moment now = Moment.of(0, Dialogue.SUNDAY);

    /** Reached by reflection, so that the module under test need not read jdk.management. */
    private static long allocated() throws ReflectiveOperationException {
        Object bean =
                Class.forName("java.lang.management.ManagementFactory")
                        .getMethod("getThreadMXBean")
                        .invoke(null);
        Method method =
                Class.forName("com.sun.management.ThreadMXBean")
                        .getMethod("getThreadAllocatedBytes", long.class);
        return (long) method.invoke(bean, Thread.currentThread().threadId());
    }

    private void assertAllocatesNothing(Runnable message) throws ReflectiveOperationException {
        for (int i = 0; i < 100; i++) {
            message.run();
        }
        allocated();
        long before = allocated();
        for (int i = 0; i < MESSAGES; i++) {
            message.run();
        }
        long bytes = allocated() - before;
        assertTrue(bytes < NOISE, bytes + " bytes for " + MESSAGES + " messages");
    }

    private void carryOut() {
        ByteBuffer collected = out.collected();
        collected.position(collected.limit());
        ByteBuffer passed = out.passed();
        if (passed != null) {
            passed.position(passed.limit());
        }
        out.clear();
    }

    private static ByteBuffer input(String text) {
        byte[] bytes = Dialogue.bytes(text);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    @Test
    void anEchoAllocatesNothing() throws Exception {
        StreamMachine machine = new EchoService().open();
        ByteBuffer input = input("hello, world");
        assertAllocatesNothing(() -> {
            machine.received(input.rewind(), now, out);
            carryOut();
            machine.quiet(now, out);
        });
    }

    @ParameterizedTest
    @EnumSource
    void aTimeStampAllocatesNothingWithinTheSameSecond(StampFormat format) throws Exception {
        StreamMachine machine = TimestampService.in(ZoneOffset.UTC).format(format).open();
        ByteBuffer input = input("hello, world\r\nand another line\n\n");
        assertAllocatesNothing(() -> {
            machine.received(input.rewind(), now, out);
            carryOut();
            machine.quiet(now, out);
        });
    }

    @Test
    void aShortLineInTwoPiecesAllocatesNothingOnceItsArrayIsThere() throws Exception {
        StreamMachine machine = TimestampService.in(ZoneOffset.UTC).open();
        ByteBuffer first = input("hello, ");
        ByteBuffer second = input("world\n");
        assertAllocatesNothing(() -> {
            machine.received(first.rewind(), now, out);
            machine.quiet(now, out);
            machine.received(second.rewind(), now, out);
            carryOut();
        });
    }

    @Test
    void aStampedRecordAllocatesNothing() throws Exception {
        MessageService service = TimestampService.in(ZoneOffset.UTC);
        ByteBuffer input = input("hello, world");
        assertAllocatesNothing(() -> {
            service.received(input.rewind(), now, out);
            carryOut();
        });
    }

    static Stream<MessageService> smallServices() {
        return Stream.of(
                new EchoService(),
                new DiscardService(),
                new ChargenService(),
                QotdService.builtIn(),
                QotdService.builtIn().turn(QotdService.Turn.EACH),
                DaytimeService.in(ZoneOffset.UTC),
                DaytimeService.in(ZoneOffset.UTC).format(StampFormat.ISO),
                new TimeService());
    }

    @ParameterizedTest
    @MethodSource("smallServices")
    void aMessageToASmallServiceAllocatesNothing(MessageService service) throws Exception {
        ByteBuffer input = input("hello, world");
        assertAllocatesNothing(() -> {
            service.received(input.rewind(), PeerFacts.UNKNOWN, now, out);
            carryOut();
        });
    }

    @Test
    void generatedAndDiscardedCharactersAllocateNothing() throws Exception {
        StreamMachine chargen = new ChargenService().open();
        StreamMachine discard = new DiscardService().open();
        ByteBuffer input = input("hello, world");
        assertAllocatesNothing(() -> {
            chargen.received(input.rewind(), now, out);
            chargen.quiet(now, out);
            carryOut();
            discard.received(input.rewind(), now, out);
            discard.quiet(now, out);
        });
    }

    @Test
    void judgingWhoIsAnsweredAllocatesNothing() throws Exception {
        var guard = new AnswerGuard(AnswerRules.DEFAULT, PeerGrouping.DEFAULT, 1, 0);
        byte[] address = new byte[16];
        address[0] = 32;
        long[] nanos = {0};
        assertAllocatesNothing(() -> {
            guard.judgePort(0);
            guard.judgePort(4_711);
            guard.judgeSize(10, 10, address);
            guard.judgeRate(address, nanos[0] += 1_000);
        });
    }
}
