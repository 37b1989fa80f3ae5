// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

@Tag("D3-03")
class EndpointOptionsTest {
    @Test
    void whatIsTakenIsNoMoreLeft() {
        var options = read("owner=www-data&mode=0660&backlog=16&reuseport&linger=1500ms");
        assertEquals("www-data", options.take("owner"));
        assertEquals(0660, options.takeMode("mode", 0777));
        assertEquals(16, options.takeInt("backlog", 0, 65_535, 4_096));
        assertTrue(options.takeFlag("reuseport", false));
        assertEquals(Duration.ofMillis(1_500), options.takeDuration("linger", Duration.ZERO));
        options.requireNoMore();
    }

    @Test
    void whatIsNotThereIsWhatItIsOtherwise() {
        var options = EndpointSpec.parse("tcp:80").readOptions();
        assertNull(options.take("owner"));
        assertEquals(0777, options.takeMode("mode", 0777));
        assertEquals(-1, options.takeInt("backlog", 0, 65_535, -1));
        assertTrue(options.takeFlag("reuseport", true));
        assertFalse(options.takeFlag("v6only", false));
        assertEquals(Duration.ZERO, options.takeDuration("linger", Duration.ZERO));
        options.requireNoMore();
    }

    @Test
    void anOptionThatNobodyTookIsAnErrorWithASuggestion() {
        var options = read("mode=0660&backlgo=16");
        options.takeMode("mode", 0);
        options.takeInt("backlog", 0, 65_535, 0);
        var e = assertThrows(EndpointSyntaxException.class, options::requireNoMore);
        assertEquals(
                """
                no such option: "backlgo"
                    unix:/run/x?mode=0660&backlgo=16
                                          ^
                did you mean backlog?\
                """,
                e.getMessage());
    }

    @Test
    void withoutASuggestionTheKnownOnesAreListed() {
        var options = read("colour=red");
        var none = assertThrows(EndpointSyntaxException.class, options::requireNoMore);
        assertEquals("no option can be used here", none.hint());
        options.take("mode");
        options.take("backlog");
        var some = assertThrows(EndpointSyntaxException.class, options::requireNoMore);
        assertEquals("known here: mode, backlog", some.hint());
    }

    @ParameterizedTest
    @CsvSource({
        "true, true", "yes, true", "ON, true", "1, true",
        "false, false", "No, false", "off, false", "0, false",
    })
    void aSwitchIsOnOrOff(String value, boolean expected) {
        assertEquals(expected, read("x=" + value).takeFlag("x", !expected));
    }

    @ParameterizedTest
    @CsvSource({"0ms, PT0S", "1s, PT1S", "5m, PT5M", "2h, PT2H", "31622400s, PT8784H"})
    void aTimeHasItsUnit(String value, Duration expected) {
        assertEquals(expected, read("x=" + value).takeDuration("x", Duration.ofDays(9)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "5",
                "s",
                "-1s",
                "1.5s",
                "5 s",
                "5S",
                "1d",
                "31622401s",
                "9999999999h",
                "99999999999999999999s"
            })
    void whatIsNoTimeIsRefused(String value) {
        var e = refused(value, options -> options.takeDuration("x", Duration.ZERO));
        assertEquals("expected a time as 500ms, 30s, 5m or 1h", e.hint());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "9", "21", "-1", "+10", "1e1", "ten", "99999999999"})
    void aNumberOutOfItsBoundsIsRefused(String value) {
        var e = refused(value, options -> options.takeInt("x", 10, 20, 0));
        assertEquals("expected a number, 10 to 20", e.hint());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "8", "0888", "1777", "00777", "-1", "rw"})
    void whatAreNoPermissionsIsRefused(String value) {
        var e = refused(value, options -> options.takeMode("x", 0));
        assertEquals("the option x cannot be \"" + value + "\"", e.problem());
        assertEquals("unix:/run/x?a=%25%26&".length(), e.position());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "2", "maybe", "tru"})
    void whatIsNoSwitchIsRefused(String value) {
        refused(value, options -> options.takeFlag("x", false));
    }

    private interface Taking {
        void from(EndpointOptions options);
    }

    private static EndpointSyntaxException refused(String value, Taking taking) {
        var options = read("a=%25%26&x=" + value);
        return assertThrows(EndpointSyntaxException.class, () -> taking.from(options));
    }

    private static EndpointOptions read(String query) {
        return EndpointSpec.parse("unix:/run/x?" + query).readOptions();
    }
}
