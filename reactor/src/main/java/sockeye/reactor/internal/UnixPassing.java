// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Ancillary;
import sockeye.HasDescriptor;
import sockeye.reactor.DescriptorPassing;

import java.io.IOException;
import java.nio.ByteBuffer;

/** What a connection of AF_UNIX knows of descriptors; made when somebody asks for it. */
final class UnixPassing implements DescriptorPassing {
    private static final int MSG_CTRUNC = 8;

    private final Connection connection;
    private @Nullable Receiver receiver;
    private int most;

    UnixPassing(Connection connection) {
        this.connection = connection;
    }

    /** How many are taken at once. */
    int most() {
        return most;
    }

    @Override
    public void write(ByteBuffer bytes, HasDescriptor... descriptors) throws IOException {
        connection.loop.check();
        if (!bytes.hasRemaining() || descriptors.length > Ancillary.Rights.MAX_DESCRIPTORS) {
            throw new IllegalArgumentException(
                    "%d bytes with %d descriptors: at least one byte, at most %d descriptors"
                            .formatted(
                                    bytes.remaining(),
                                    descriptors.length,
                                    Ancillary.Rights.MAX_DESCRIPTORS));
        }
        if (descriptors.length == 0) {
            connection.write(bytes);
        } else {
            connection.write(bytes, Passing.of(descriptors));
        }
    }

    @Override
    public void receive(int most, Receiver receiver) {
        connection.loop.check();
        if (most < 0 || most > Ancillary.Rights.MAX_DESCRIPTORS) {
            throw new IllegalArgumentException(most + " descriptors");
        }
        this.most = most;
        this.receiver = receiver;
        connection.soon();
    }

    /** Tells of what came with a chunk, before the chunk is shown. */
    void deliver(Chunk chunk) throws Exception {
        Passing came = chunk.passing;
        chunk.passing = null;
        if ((chunk.flags & MSG_CTRUNC) != 0) {
            if (came != null) {
                came.close();
            }
            throw new IOException(
                    "more descriptors came than are taken at once, "
                            + most
                            + ", or than this process may have open");
        }
        Receiver told = receiver;
        if (came != null && told != null) {
            told.passed(connection, came.take());
        } else if (came != null) {
            came.close();
        }
    }
}
