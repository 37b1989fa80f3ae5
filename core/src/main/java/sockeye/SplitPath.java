// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.util.Arrays;

/** The directory of a path, and the name in it. */
final class SplitPath {
    /** The directory: {@code .} if the path names none. */
    final byte[] directory;

    /** What is behind the last slash; empty if nothing is. */
    final byte[] name;

    SplitPath(UnixEndpoint path) {
        byte[] bytes = path.nameBytes();
        int slash = bytes.length - 1;
        while (slash >= 0 && bytes[slash] != '/') {
            slash--;
        }
        directory =
                switch (slash) {
                    case -1 -> new byte[] {'.'};
                    case 0 -> new byte[] {'/'};
                    default -> Arrays.copyOf(bytes, slash);
                };
        name = Arrays.copyOfRange(bytes, slash + 1, bytes.length);
    }
}
