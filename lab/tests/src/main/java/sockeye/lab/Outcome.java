// SPDX-License-Identifier: Apache-2.0
package sockeye.lab;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * What became of one test; a line of the file by which the lab kernel tells this one. The file is
 * written as the tests go, so that after a hang or a panic it says which one it was.
 *
 * @param kind how it ended, or that it began
 * @param test class and method
 * @param variant of a test that runs over several: the names of its invocations, joined by blanks
 * @param millis how long it took; tells who is slow, and is never judged
 * @param why the reason of a skip, the stack trace of a failure
 */
record Outcome(Kind kind, String test, String variant, long millis, String why) {
    enum Kind {
        BEGUN,
        PASSED,
        SKIPPED,
        FAILED
    }

    String line() {
        var base64 = Base64.getEncoder();
        return String.join(
                "\t",
                kind.name(),
                test,
                base64.encodeToString(variant.getBytes(StandardCharsets.UTF_8)),
                Long.toString(millis),
                base64.encodeToString(why.getBytes(StandardCharsets.UTF_8)));
    }

    static Outcome of(String line) {
        var part = line.split("\t", -1);
        return new Outcome(
                Kind.valueOf(part[0]),
                part[1],
                text(part[2]),
                Long.parseLong(part[3]),
                text(part[4]));
    }

    private static String text(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }

    /** Without how it ended: what it was. */
    String name() {
        return variant.isEmpty() ? test : test + " [" + variant + "]";
    }
}
