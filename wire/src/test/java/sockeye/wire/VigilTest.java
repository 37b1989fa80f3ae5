// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Random;

@Tag("H12")
class VigilTest {
    private static final TimeLimits NONE =
            TimeLimits.DEFAULT.withHandshake(Duration.ZERO).withStall(Duration.ZERO);
    private static final Duration LIMIT = Duration.ofNanos(100);

    /** A connection that does what the test says. */
    private static final class Connection implements Vigil.View {
        long received;
        long sent;
        long messages = -1;
        boolean awaitsInput = true;
        boolean awaitsOutput;

        @Override
        public long received() {
            return received;
        }

        @Override
        public long sent() {
            return sent;
        }

        @Override
        public long messages() {
            return messages;
        }

        @Override
        public boolean awaitsInput() {
            return awaitsInput;
        }

        @Override
        public boolean awaitsOutput() {
            return awaitsOutput;
        }
    }

    private final Connection connection = new Connection();
    private final Vigil vigil = new Vigil(0);

    @Test
    void silenceIsExceededOnceNothingHasMovedForTheLimit() {
        var limits = NONE.withIdle(LIMIT);
        assertNull(vigil.look(limits, connection, 500), "its thread may just have come to wait");
        assertNull(vigil.look(limits, connection, 599));
        connection.received++;
        assertNull(vigil.look(limits, connection, 610));
        connection.sent++;
        assertNull(vigil.look(limits, connection, 700));
        assertNull(vigil.look(limits, connection, 799));
        assertEquals(TimeLimit.IDLE, vigil.look(limits, connection, 800));
    }

    @Test
    void aHandlerThatWorksIsNotSilent() {
        var limits = NONE.withIdle(LIMIT);
        connection.awaitsInput = false;
        for (int now = 0; now < 1_000; now += 50) {
            assertNull(vigil.look(limits, connection, now));
        }
        connection.awaitsInput = true;
        assertNull(vigil.look(limits, connection, 1_040), "it has waited for 40 at most");
        assertEquals(TimeLimit.IDLE, vigil.look(limits, connection, 1_050));
    }

    @Test
    void aPeerThatTakesNothingIsStalledAndOneThatTakesLittleIsNot() {
        var limits = NONE.withStall(LIMIT).withIdle(LIMIT);
        connection.awaitsInput = false;
        connection.awaitsOutput = true;
        for (int now = 0; now < 1_000; now += 90) {
            connection.sent++;
            assertNull(vigil.look(limits, connection, now));
        }
        connection.received++; // It talks on, but that is not the question.
        assertNull(vigil.look(limits, connection, 1_080));
        assertEquals(TimeLimit.STALL, vigil.look(limits, connection, 1_090));
    }

    @Test
    void aMessageThatComesByDribsIsExceededThoughItIsNotSilent() {
        var limits = NONE.withMessage(LIMIT).withIdle(LIMIT);
        connection.messages = 0;
        for (int now = 0; now < 300; now += 30) {
            assertNull(vigil.look(limits, connection, now));
            connection.sent++; // Something else keeps it from being silent.
        }
        for (int now = 300; now < 400; now += 10) {
            connection.received++;
            assertNull(vigil.look(limits, connection, now));
        }
        connection.received++;
        assertEquals(TimeLimit.MESSAGE, vigil.look(limits, connection, 400));
    }

    @Test
    void manyMessagesAreNotOneLongOne() {
        var limits = NONE.withMessage(LIMIT);
        connection.messages = 0;
        for (int now = 0; now < 1_000; now += 50) {
            connection.received += 10;
            connection.messages++;
            assertNull(vigil.look(limits, connection, now));
        }
        // Where nobody counts, an answer ends one.
        connection.messages = -1;
        for (int now = 1_000; now < 2_000; now += 50) {
            connection.received += 10;
            connection.sent++;
            assertNull(vigil.look(limits, connection, now));
        }
    }

    @Test
    void aHandlerThatWorksOnAMessageIsNotToBlameOnThePeer() {
        var limits = NONE.withMessage(LIMIT);
        connection.received = 10;
        assertNull(vigil.look(limits, connection, 0));
        connection.awaitsInput = false;
        assertNull(vigil.look(limits, connection, 200));
        connection.awaitsInput = true;
        assertNull(vigil.look(limits, connection, 250));
        assertNull(vigil.look(limits, connection, 349), "its own time does not count");
        connection.sent++;
        assertNull(vigil.look(limits, connection, 400), "answered, and another has not begun");
        assertNull(vigil.look(limits, connection, 900));
    }

    /** Its thread had read, and was not back waiting yet. */
    @Test
    void aMessageWhoseBeginningCameBetweenTwoWaitsIsLateAllTheSame() {
        var limits = NONE.withMessage(LIMIT);
        connection.messages = 0;
        assertNull(vigil.look(limits, connection, 0));
        connection.received = 9;
        connection.awaitsInput = false;
        assertNull(vigil.look(limits, connection, 50));
        connection.awaitsInput = true;
        assertNull(vigil.look(limits, connection, 100));
        assertNull(vigil.look(limits, connection, 199));
        assertEquals(TimeLimit.MESSAGE, vigil.look(limits, connection, 200));
    }

    @Test
    void toBeginCountingMessagesIsNoMessage() {
        var limits = NONE.withMessage(LIMIT);
        assertNull(vigil.look(limits, connection, 0), "nobody counts yet");
        connection.messages = 0;
        connection.received = 9;
        assertNull(vigil.look(limits, connection, 50));
        assertEquals(TimeLimit.MESSAGE, vigil.look(limits, connection, 150));
    }

    @Test
    void aLifetimeIsOverWhateverHappens() {
        var limits = NONE.withLifetime(LIMIT);
        connection.received++;
        assertNull(vigil.look(limits, connection, 99));
        connection.received++;
        assertEquals(TimeLimit.LIFETIME, vigil.look(limits, connection, 100));
    }

    /** Against the whole history: no limit is applied before its time has really passed. */
    @Test
    void noLimitIsEarlyNorMoreThanALookLate() {
        for (int seed = 0; seed < 300; seed++) {
            var random = new Random(seed);
            var one = new Connection();
            var watched = new Vigil(0);
            long moved = 0; // when something really moved, or its thread really came to wait
            long now = 0;
            long lastLook = 0;
            boolean done = false;
            while (!done && now < 3_000) {
                now += 1 + random.nextInt(60);
                if (random.nextInt(3) == 0) {
                    one.received++;
                    moved = now;
                }
                if (now - lastLook >= 12) {
                    TimeLimit limit = watched.look(NONE.withIdle(LIMIT), one, now);
                    if (limit != null) {
                        assertTrue(now - moved >= 100, "early: seed " + seed);
                        done = true;
                    } else {
                        // Seen at the next look, at the latest 60 + 12 after it moved.
                        assertTrue(now - moved < 100 + 72 + 72, "late: seed " + seed);
                    }
                    lastLook = now;
                }
            }
        }
    }

    @Test
    void oneLooksOftenEnoughForTheShortestLimit() {
        assertEquals(Duration.ZERO, NONE.lookEvery());
        assertEquals(Duration.ofSeconds(5), TimeLimits.DEFAULT.lookEvery());
        assertEquals(Duration.ofMillis(50), NONE.withIdle(Duration.ofMillis(400)).lookEvery());
        assertEquals(Duration.ofMillis(5), NONE.withIdle(Duration.ofMillis(1)).lookEvery());
        for (TimeLimit each : TimeLimit.values()) {
            assertTrue(each.toString().length() > 3);
        }
        assertEquals(Duration.ofMinutes(1), TimeLimits.DEFAULT.of(TimeLimit.STALL));
        assertThrows(IllegalArgumentException.class, () -> NONE.withIdle(Duration.ofNanos(-1)));
    }
}
