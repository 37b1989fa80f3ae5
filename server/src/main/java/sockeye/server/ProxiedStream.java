// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.ByteStream;
import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.LineReader;
import sockeye.wire.ProxyHeader;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** The stream behind a PROXY header: all is as below, but for who the peer is. */
final class ProxiedStream implements ByteStream {
    private final ByteStream below;
    private final ProxyHeader header;
    private final @Nullable Endpoint peer;
    private final @Nullable Endpoint local;

    ProxiedStream(
            ByteStream below,
            ProxyHeader header,
            @Nullable Endpoint peer,
            @Nullable Endpoint local) {
        this.below = below;
        this.header = header;
        this.peer = peer;
        this.local = local;
    }

    @Override
    public @Nullable Endpoint peer() {
        return peer;
    }

    @Override
    public @Nullable Endpoint local() {
        return local;
    }

    @Override
    public <T> Optional<T> unwrap(Class<T> kind) {
        if (kind.isInstance(this)) {
            return Optional.of(kind.cast(this));
        }
        return kind.isInstance(header) ? Optional.of(kind.cast(header)) : below.unwrap(kind);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        return below.read(bytes, offset, length);
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
        return below.read(buffer);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        below.write(bytes, offset, length);
    }

    @Override
    public int write(ByteBuffer buffer) throws IOException {
        return below.write(buffer);
    }

    @Override
    public void flush() throws IOException {
        below.flush();
    }

    @Override
    public void awaitInput() throws IOException {
        below.awaitInput();
    }

    @Override
    public LineReader reader() {
        return below.reader();
    }

    @Override
    public void shutdownOutput() throws IOException {
        below.shutdownOutput();
    }

    @Override
    public void shutdownInput() throws IOException {
        below.shutdownInput();
    }

    @Override
    public void readDeadline(Deadline deadline) {
        below.readDeadline(deadline);
    }

    @Override
    public void writeDeadline(Deadline deadline) {
        below.writeDeadline(deadline);
    }

    @Override
    public boolean isOpen() {
        return below.isOpen();
    }

    @Override
    public void close() throws IOException {
        below.close();
    }

    @Override
    public String toString() {
        return "ProxiedStream[" + peer + " by " + below + "]";
    }
}
