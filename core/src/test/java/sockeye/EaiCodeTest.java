// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.internal.kernel.GoldenAbi;

import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The codes of the name service, against the C libraries' headers and glibc's sentences. */
@Tag("A8-03")
class EaiCodeTest {
    private static Map<String, EaiCode> constants() throws Exception {
        var all = new TreeMap<String, EaiCode>();
        for (var field : EaiCode.class.getFields()) {
            if (Modifier.isStatic(field.getModifiers())) {
                all.put(field.getName(), (EaiCode) field.get(null));
            }
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86_64-glibc", "aarch64-glibc", "x86_64-musl"})
    void everyConstantHasTheNumberThatTheHeadersHave(String target) throws Exception {
        Map<String, Long> golden = GoldenAbi.load(target).facts();
        var ours = new TreeMap<String, Long>();
        var theirs = new TreeMap<String, Long>();
        constants()
                .forEach((name, code) -> {
                    assertEquals(name, code.symbol());
                    ours.put("const " + name, (long) code.number());
                });
        golden.forEach((fact, value) -> {
            if (fact.startsWith("const EAI_")) {
                theirs.put(fact, value);
            }
        });
        assertEquals(theirs, ours);
    }

    @Test
    void everyCodeHasTheSentenceOfTheLibrary() throws Exception {
        List<String> numbers = new ArrayList<>();
        List<String> sentences = new ArrayList<>();
        for (EaiCode code : constants().values()) {
            numbers.add(Integer.toString(code.number()));
            sentences.add(code.text());
        }
        List<String> theirs =
                Python.run(
                        """
                        import ctypes, sys
                        library = ctypes.CDLL(None)
                        library.gai_strerror.restype = ctypes.c_char_p
                        for line in sys.stdin:
                            print(library.gai_strerror(int(line)).decode())
                        """,
                        numbers);
        int overflow = numbers.indexOf(Integer.toString(EaiCode.EAI_OVERFLOW.number()));
        if (theirs.get(overflow).equals("Unknown error")) {
            // glibc forgot it up to 2.36 or so.
            theirs.set(overflow, sentences.get(overflow));
        }
        assertEquals(theirs, sentences);
    }

    @Test
    void aNumberWithoutANameIsAsGoodAsAnother() {
        assertSame(EaiCode.EAI_AGAIN, EaiCode.of(-3));
        assertEquals("EAI_-77 (-77) Unknown error", EaiCode.of(-77).toString());
        assertEquals("EAI_-5000 (-5000) Unknown error", EaiCode.of(-5000).toString());
        assertEquals(EaiCode.of(-77), new EaiCode(-77));
        assertNotEquals(EaiCode.of(-77), EaiCode.of(-78));
        assertThrows(IllegalArgumentException.class, () -> EaiCode.of(1));
    }
}
