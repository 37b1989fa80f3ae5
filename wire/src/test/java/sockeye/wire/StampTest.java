// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

@Tag("F1-10")
class StampTest {
    private static final long SECOND = 1_000_000_000L;

    private static String stamp(StampFormat format, String zone, long epochNanos) {
        return stamp(new Stamper(format, ZoneId.of(zone)), epochNanos);
    }

    private static String stamp(Stamper stamper, long epochNanos) {
        ByteBuffer target = ByteBuffer.allocate(Stamper.MOST + 3).position(3);
        stamper.put(epochNanos, target);
        target.flip().position(3);
        return StandardCharsets.US_ASCII.decode(target).toString();
    }

    private static String ctime(String zone, long second) {
        return stamp(StampFormat.CTIME, zone, second * SECOND);
    }

    private static long nanos(String instant) {
        Instant i = Instant.parse(instant);
        return i.getEpochSecond() * SECOND + i.getNano();
    }

    @Test
    void ctimePadsTheDayWithABlank() {
        assertEquals("[Thu Jan  1 00:00:00 1970] ", ctime("Z", 0));
        assertEquals("[Wed Dec 31 23:59:59 1969] ", ctime("Z", -1));
        assertEquals(
                "[Sun Nov  1 10:05:00 2026] ",
                stamp(StampFormat.CTIME, "Z", nanos("2026-11-01T10:05:00Z")));
        assertEquals("[Sun Nov 22 10:05:00 2026] ", ctime("Z", Dialogue.SUNDAY / SECOND));
    }

    @Test
    void ctimeIsLocalTimeOfTheZoneOnBothSidesOfAChange() {
        // Berlin, 2026-10-25: 3 o'clock summer time is 2 o'clock winter time.
        long change = Instant.parse("2026-10-25T01:00:00Z").getEpochSecond();
        assertEquals("[Sun Oct 25 02:59:59 2026] ", ctime("Europe/Berlin", change - 1));
        assertEquals("[Sun Oct 25 02:00:00 2026] ", ctime("Europe/Berlin", change));
    }

    @Test
    void oneStamperFollowsTheTimeForwardsAndBackwards() {
        Stamper stamper = new Stamper(StampFormat.CTIME, ZoneId.of("Europe/Berlin"));
        Random random = new Random(3);
        for (int i = 0; i < 2_000; i++) {
            long second = 1_795_000_000L + random.nextInt(3);
            assertEquals(
                    ctime("Europe/Berlin", second),
                    stamp(stamper, second * SECOND + random.nextInt(1_000_000_000)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UTC",
                "Europe/Berlin",
                "America/New_York",
                "America/St_Johns",
                "Asia/Kathmandu",
                "Australia/Lord_Howe",
                "Pacific/Auckland",
                "Pacific/Apia"
            })
    void ctimeIsWhatCSaysAroundEveryChangeOfItsZone(String zone) throws Exception {
        Random random = new Random(zone.hashCode());
        List<Long> seconds = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            seconds.add(random.nextLong(Instant.parse("2030-01-01T00:00:00Z").getEpochSecond()));
        }
        Instant instant = Instant.parse("1995-01-01T00:00:00Z");
        while (instant.isBefore(Instant.parse("2026-12-31T00:00:00Z"))) {
            ZoneOffsetTransition change = ZoneId.of(zone).getRules().nextTransition(instant);
            if (change == null) {
                break;
            }
            instant = change.getInstant();
            for (int around = -1; around <= 1; around++) {
                seconds.add(instant.getEpochSecond() + around);
            }
        }
        List<String> said = ctimeOfC(zone, seconds);
        for (int i = 0; i < seconds.size(); i++) {
            assertEquals("[" + said.get(i) + "] ", ctime(zone, seconds.get(i)));
        }
    }

    /** What ctime(3) says, asked through Python's binding of it. */
    private static List<String> ctimeOfC(String zone, List<Long> seconds) throws Exception {
        String program = "import sys, time\nfor line in sys.stdin: print(time.ctime(int(line)))";
        ProcessBuilder builder = new ProcessBuilder("python3", "-c", program);
        builder.environment().put("TZ", zone);
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        Process python;
        try {
            python = builder.start();
        } catch (IOException e) {
            assumeTrue(false, "no python3 to ask: " + e.getMessage());
            throw e;
        }
        Thread.ofVirtual()
                .start(() -> {
                    try (OutputStream in = python.getOutputStream()) {
                        for (long second : seconds) {
                            in.write((second + "\n").getBytes(StandardCharsets.US_ASCII));
                        }
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
        List<String> lines =
                new String(python.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                        .lines()
                        .toList();
        assertEquals(0, python.waitFor());
        assertEquals(seconds.size(), lines.size());
        return lines;
    }

    @Test
    void noLocaleChangesIt() {
        Locale before = Locale.getDefault();
        try {
            for (String tag :
                    new String[] {
                        "de-DE", "ar-EG-u-nu-arab", "th-TH-u-ca-buddhist", "tr-TR", "ja"
                    }) {
                Locale.setDefault(Locale.forLanguageTag(tag));
                assertEquals("[Thu Jan  1 00:00:00 1970] ", ctime("Z", 0));
                assertEquals("[1970-01-01T00:00:00.000Z] ", stamp(StampFormat.ISO, "Z", 0), tag);
                assertEquals("iso", StampFormat.ISO.toString());
                assertEquals(TimestampService.Framing.LINE, TimestampService.Framing.of("line"));
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void isoHasMillisecondsAndTheOffsetOfTheZone() {
        long time = nanos("2026-11-22T10:05:00.007999999Z");
        assertEquals("[2026-11-22T10:05:00.007Z] ", stamp(StampFormat.ISO, "UTC", time));
        assertEquals(
                "[2026-11-22T11:05:00.007+01:00] ", stamp(StampFormat.ISO, "Europe/Berlin", time));
        assertEquals(
                "[2026-11-22T06:35:00.007-03:30] ",
                stamp(StampFormat.ISO, "America/St_Johns", time));
        assertEquals(
                "[1969-12-31T23:59:59.999Z] ", stamp(StampFormat.ISO, "Z", -1), "rounded down");
    }

    @Test
    void epochIsInSecondsRoundedDown() {
        assertEquals("[1795341900] ", stamp(StampFormat.EPOCH, "Asia/Tokyo", Dialogue.SUNDAY + 9));
        assertEquals("[0] ", stamp(StampFormat.EPOCH, "Z", SECOND - 1));
        assertEquals("[-1] ", stamp(StampFormat.EPOCH, "Z", -1));
    }

    @Test
    void epochNanosIsEachLongAsItIs() {
        Random random = new Random(4);
        List<Long> values = new ArrayList<>(List.of(0L, 9L, 10L, -1L, -10L));
        values.addAll(List.of(Long.MAX_VALUE, Long.MIN_VALUE, Dialogue.SUNDAY));
        for (long power = 1; power > 0 && power <= 1_000_000_000_000_000_000L; power *= 10) {
            values.addAll(List.of(power, power - 1, -power, 1 - power));
            if (power == 1_000_000_000_000_000_000L) {
                break;
            }
        }
        for (int i = 0; i < 1_000; i++) {
            values.add(random.nextLong() >> random.nextInt(64));
        }
        for (long value : values) {
            assertEquals("[" + value + "] ", stamp(StampFormat.EPOCH_NANOS, "Z", value));
        }
    }

    @Test
    void noStampIsLongerThanItsBound() {
        ZoneId odd = ZoneOffset.ofHoursMinutesSeconds(-17, -59, -59);
        for (StampFormat format : StampFormat.values()) {
            for (long time : new long[] {Long.MIN_VALUE, Dialogue.SUNDAY, Long.MAX_VALUE}) {
                String text = stamp(new Stamper(format, odd), time);
                assertTrue(text.length() <= Stamper.MOST, text);
            }
        }
    }

    @Test
    void formatsAreCalledAsOnACommandLine() {
        for (StampFormat format : StampFormat.values()) {
            assertEquals(format, StampFormat.of(format.toString()));
        }
        assertEquals("epoch-nanos", StampFormat.EPOCH_NANOS.toString());
        var e = assertThrows(IllegalArgumentException.class, () -> StampFormat.of("rfc"));
        assertEquals(
                "\"rfc\" is no time format; there are ctime, iso, mail, epoch, epoch-nanos",
                e.getMessage());
    }
}
