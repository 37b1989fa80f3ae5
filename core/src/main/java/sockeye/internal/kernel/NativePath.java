// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.Charset;
import java.nio.file.Path;

/** A path name as the kernel takes it, for the length of one call. */
public final class NativePath implements AutoCloseable {
    private static final Charset NAMES =
            Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment bytes;

    private NativePath(byte[] name) {
        bytes = arena.allocate(name.length + 1L);
        MemorySegment.copy(name, 0, bytes, JAVA_BYTE, 0, name.length);
    }

    /** The bytes of a name, without the closing zero. */
    public static NativePath of(byte[] name) {
        return new NativePath(name);
    }

    /** A path of the JDK's, in the encoding that the JDK uses for names. */
    public static NativePath of(Path path) {
        return new NativePath(path.toString().getBytes(NAMES));
    }

    /** The bytes of a name, an argument or a variable. */
    public static byte[] encode(String text) {
        return text.getBytes(NAMES);
    }

    /** The first bytes of a name as the JDK would have it. */
    public static String decode(byte[] name, int length) {
        return new String(name, 0, length, NAMES);
    }

    public long address() {
        return bytes.address();
    }

    @Override
    public void close() {
        arena.close();
    }
}
