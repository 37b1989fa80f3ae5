// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.HasDescriptor;
import sockeye.PassedDescriptor;
import sockeye.reactor.DriverKind;
import sockeye.reactor.Transport;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/**
 * A file that goes out through this process, for a layer has to see its bytes: read in pieces on
 * virtual threads, as fast as they are taken.
 */
public final class FileCopy {
    private static final int PIECE = 64 << 10;

    private final Transport to;
    private final Callable<FileChannel> opening;
    private final long count;
    private long offset;
    private long left;
    private @Nullable FileChannel file;
    private final CompletableFuture<Long> told = new CompletableFuture<>();

    private FileCopy(Transport to, Callable<FileChannel> opening, long offset, long count) {
        this.to = to;
        this.opening = opening;
        this.offset = offset;
        this.count = count;
        this.left = count;
    }

    /** Sends a file by its path, by the kernel if it may. */
    public static CompletableFuture<Long> send(Transport to, Path path, long offset, long count) {
        FilePart part = FilePart.of(path, offset, count);
        Connection direct = direct(to);
        if (direct != null) {
            return direct.send(part);
        }
        return new FileCopy(
                        to, () -> FileChannel.open(path, StandardOpenOption.READ), offset, count)
                .begin();
    }

    /** Sends an open file, by the kernel if it may. */
    public static CompletableFuture<Long> send(
            Transport to, HasDescriptor open, long offset, long count) throws IOException {
        Connection direct = direct(to);
        if (direct != null) {
            return direct.send(FilePart.of(open, offset, count));
        }
        PassedDescriptor own = PassedDescriptor.duplicate(open);
        Callable<FileChannel> opening =
                () -> {
                    try (own) {
                        return own.reopen(StandardOpenOption.READ);
                    }
                };
        return new FileCopy(to, opening, offset, count).begin();
    }

    /** The connection below, if all layers between pass bytes on as they are. */
    private static @Nullable Connection direct(Transport to) {
        Transport lowest = to;
        while (lowest instanceof LayerTransport layer && layer.passesBytesOn()) {
            lowest = layer.below();
        }
        return lowest instanceof Connection connection && connection.sendsFiles()
                ? connection
                : null;
    }

    private CompletableFuture<Long> begin() {
        next();
        return told;
    }

    private void next() {
        if (!to.isOpen()) {
            end(Member.aborted());
        } else if (left == 0) {
            end(null);
        } else if (!to.isWritable() && to instanceof TurnTransport turns) {
            turns.whenWritable(this::next);
        } else if (to.reactor().driver().kind() == DriverKind.SIMULATOR) {
            // At once, for its order must not depend on a thread.
            try {
                wrote(read());
            } catch (IOException failed) {
                end(failed);
            }
        } else {
            var _ =
                    to.reactor()
                            .callBlocking(this::read)
                            .whenComplete((piece, thrown) -> {
                                if (thrown != null) {
                                    end(thrown);
                                } else {
                                    wrote(piece);
                                }
                            });
        }
    }

    private ByteBuffer read() throws IOException {
        FileChannel from = file;
        if (from == null) {
            try {
                from = opening.call();
            } catch (IOException | RuntimeException refused) {
                throw refused;
            } catch (Exception other) {
                throw new IOException(other);
            }
            file = from;
        }
        var piece = ByteBuffer.allocate((int) Math.min(PIECE, left));
        if (from.read(piece, offset) < 0) {
            throw new EOFException("the file ended %d bytes before it was to".formatted(left));
        }
        return piece.flip();
    }

    private void wrote(ByteBuffer piece) {
        offset += piece.remaining();
        left -= piece.remaining();
        if (to.isOpen()) {
            to.write(piece);
        }
        to.reactor().execute(this::next);
    }

    private void end(@Nullable Throwable why) {
        try {
            if (file != null) {
                file.close();
            }
        } catch (IOException closedNevertheless) {
            // It was only read.
        }
        if (why == null) {
            told.complete(count);
        } else {
            told.completeExceptionally(why);
            LayerTransport.fail(to, why);
        }
    }
}
