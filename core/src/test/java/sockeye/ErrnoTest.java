// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;

/** What {@link ErrnoTableTest} does not see. */
@Tag("A8-01")
class ErrnoTest {
    @Test
    void aSymbolIsTheNameOfItsConstant() throws Exception {
        assertTrue(constants().size() > 130);
        for (Errno constant : constants()) {
            assertSame(constant, Errno.of(constant.number()));
            assertSame(constant, Errno.class.getField(constant.symbol()).get(null));
        }
        assertSame(Errno.EAGAIN, Errno.EWOULDBLOCK);
        assertSame(Errno.EDEADLK, Errno.EDEADLOCK);
        assertSame(Errno.EOPNOTSUPP, Errno.ENOTSUP);
    }

    @ParameterizedTest
    @ValueSource(ints = {41, 58, 134, 524, 4_095, Integer.MAX_VALUE})
    void aNumberWithoutANameIsAsGoodAsAny(int number) {
        Errno errno = Errno.of(number);
        assertEquals(number, errno.number());
        assertEquals("E" + number, errno.symbol());
        assertEquals("Unknown error " + number, errno.text());
        assertEquals(new Errno(number), errno);
    }

    @Test
    void itReadsAsSymbolNumberAndSentence() {
        assertEquals("ECONNREFUSED (111) Connection refused", Errno.of(111).toString());
        assertEquals("Success", Errno.of(0).text());
        assertEquals("E0", Errno.of(0).symbol());
    }

    @Test
    void theKernelsMinusIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Errno.of(-111));
        assertThrows(IllegalArgumentException.class, () -> new Errno(Integer.MIN_VALUE));
    }

    @Test
    void theyAreSortedByNumber() {
        assertTrue(Errno.EPERM.compareTo(Errno.ENOENT) < 0);
        assertEquals(0, Errno.EPERM.compareTo(new Errno(1)));
    }

    private static List<Errno> constants() throws IllegalAccessException {
        var constants = new ArrayList<Errno>();
        for (Field field : Errno.class.getFields()) {
            if (field.getType() == Errno.class) {
                constants.add((Errno) field.get(null));
            }
        }
        return constants;
    }
}
