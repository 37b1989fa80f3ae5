// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import sockeye.DescriptorKind;
import sockeye.PassedDescriptor;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.NativePath;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Descriptor 0 or 1 of this process, of which a connection has a duplicate. When that is closed the
 * other side of a pipe or socket is to see the end, which it does not as long as the number is open
 * too; but a number that was closed would be the next file's, and get what others print. So it
 * becomes {@code /dev/null}.
 */
final class StandardStream {
    private static final int AT_FDCWD = -100;
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;

    private final Kernel kernel;
    private final int number;
    private final boolean hasPeer;

    private StandardStream(Kernel kernel, int number, boolean hasPeer) {
        this.kernel = kernel;
        this.number = number;
        this.hasPeer = hasPeer;
    }

    static StandardStream of(Kernel kernel, int number, PassedDescriptor copy) throws IOException {
        DescriptorKind kind = copy.kind();
        boolean hasPeer = kind == DescriptorKind.PIPE || kind == DescriptorKind.SOCKET;
        return new StandardStream(kernel, number, hasPeer);
    }

    /** The connection has closed its own. */
    void giveUp() {
        if (!hasPeer) {
            return;
        }
        try (NativePath path = NativePath.of(Path.of("/dev/null"))) {
            int nothing = kernel.openat(AT_FDCWD, path.address(), O_RDWR | O_CLOEXEC, 0);
            if (nothing >= 0) {
                kernel.dup3(nothing, number, 0);
                kernel.close(nothing);
            }
        }
    }
}
