// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.internal.kernel.GoldenAbi;

import java.lang.reflect.Field;
import java.util.HashSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The constants of {@link Errno}, against what C compilers and strerror(3) of glibc said. */
class ErrnoTableTest {
    @ParameterizedTest
    @ValueSource(strings = {"x86_64-glibc", "aarch64-glibc"})
    void everyNumberHasItsSymbolAndText(String target) {
        GoldenAbi golden = GoldenAbi.load(target);
        var wrong = new TreeMap<Integer, String>();
        var named = new HashSet<String>();
        golden.texts()
                .forEach((symbol, text) -> {
                    int number = golden.facts().get("errno " + symbol).intValue();
                    Errno errno = Errno.of(number);
                    named.add(errno.symbol());
                    if (!errno.text().equals(text)
                            || errno.number() != number
                            || golden.facts().get("errno " + errno.symbol()) != number) {
                        wrong.put(number, errno + " should be " + symbol + " " + text);
                    }
                });
        assertEquals(new TreeMap<>(), wrong);
        assertTrue(named.size() > 130, "too few: " + named);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64-glibc", "aarch64-glibc"})
    void everySymbolIsAConstantWithItsNumber(String target) throws Exception {
        GoldenAbi golden = GoldenAbi.load(target);
        var symbols = new TreeSet<>(golden.texts().keySet());
        for (Field field : Errno.class.getFields()) {
            if (field.getType() == Errno.class) {
                int number = ((Errno) field.get(null)).number();
                assertEquals(golden.facts().get("errno " + field.getName()), number);
                symbols.remove(field.getName());
            }
        }
        assertEquals(new TreeSet<>(), symbols);
    }

    @Test
    void aNumberBeyondTheTableStillHasASymbolAndAText() {
        assertEquals("E999 (999) Unknown error 999", Errno.of(999).toString());
    }
}
