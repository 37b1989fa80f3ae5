// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import org.jspecify.annotations.Nullable;

import sockeye.ErrnoFailure;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.util.Optional;

/**
 * A stream socket whose open file description others have too. It is left as it is: nobody gets a
 * {@link sockeye.LinuxSocket} of it, which would be non-blocking, and no thread sends files there.
 */
final class SharedChannel extends KernelChannel {
    private static final int SOL_SOCKET = 1;
    private static final int SO_TYPE = 3;
    private static final int SO_PROTOCOL = 38;
    private static final int SO_DOMAIN = 39;

    private @Nullable Runnable whenClosed;

    private SharedChannel(Kernel kernel, int fd, int family, int type, int protocol) {
        super(kernel, fd, family, type, protocol);
    }

    /** The channel of a socket, which is closed with it. */
    static SharedChannel ofStream(Kernel kernel, int fd) throws IOException {
        return new SharedChannel(
                kernel,
                fd,
                option(kernel, fd, SO_DOMAIN),
                option(kernel, fd, SO_TYPE),
                option(kernel, fd, SO_PROTOCOL));
    }

    private static int option(Kernel kernel, int fd, int name) throws IOException {
        try (Scratch scratch = Scratch.take()) {
            scratch.memory().set(JAVA_INT, Scratch.INTS + 4, Integer.BYTES);
            long value = scratch.address(Scratch.INTS);
            int result = kernel.getsockopt(fd, SOL_SOCKET, name, value, value + 4);
            if (result < 0) {
                throw ErrnoFailure.of("getsockopt", -result, "fd " + fd, null, null, 0);
            }
            return scratch.memory().get(JAVA_INT, Scratch.INTS);
        }
    }

    @Override
    boolean takesFiles() {
        return false;
    }

    @Override
    <T> Optional<T> unwrap(Class<T> kind) {
        return Optional.empty();
    }

    @Override
    void whenClosed(Runnable input, Runnable output) {
        whenClosed =
                () -> {
                    input.run();
                    output.run();
                };
    }

    @Override
    void close() {
        super.close();
        if (whenClosed != null) {
            whenClosed.run();
        }
    }
}
