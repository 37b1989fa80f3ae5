// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.CommandLine.TypeConversionException;

import java.time.Duration;

class QuantityTest {
    @ParameterizedTest
    @CsvSource({"50ms,50", "0s,0", "5s,5000", "2m,120000", "1h,3600000"})
    void timesHaveAUnit(String text, long millis) {
        assertEquals(Duration.ofMillis(millis), Quantity.time(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "5", "s", "-5s", "5 s", "5d", "9999999999h", "99999999999s", "1.5s"})
    void whatIsNoTimeIsRefused(String text) {
        assertThrows(TypeConversionException.class, () -> Quantity.time(text));
    }

    @ParameterizedTest
    @CsvSource({
        "1,1",
        "65536,65536",
        "64KiB,65536",
        "64K,65536",
        "1MiB,1048576",
        "1GiB,1073741824"
    })
    void sizesMayHaveAUnit(String text, int bytes) {
        assertEquals(bytes, Quantity.size(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "2GiB", "1073741825", "1TiB", "64 KiB", "9999999999G"})
    void whatIsNoSizeIsRefused(String text) {
        assertThrows(TypeConversionException.class, () -> Quantity.size(text));
    }

    @Test
    void aTimeIsToldInTheUnitThatFits() {
        assertEquals("0 ms", Quantity.text(Duration.ZERO));
        assertEquals("999 ms", Quantity.text(Duration.ofNanos(999_999_999)));
        assertEquals("3 s", Quantity.text(Duration.ofMillis(3_050)));
        assertEquals("3.2 s", Quantity.text(Duration.ofMillis(3_200)));
        assertEquals("2 m 5 s", Quantity.text(Duration.ofSeconds(125)));
        assertEquals("25 h 1 m", Quantity.text(Duration.ofMinutes(25 * 60 + 1)));
    }
}
