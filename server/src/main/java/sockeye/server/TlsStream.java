// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.ByteStream;
import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.LineReader;
import sockeye.wire.TlsContext;
import sockeye.wire.TlsDetails;
import sockeye.wire.TlsMachine;
import sockeye.wire.TlsSettings;
import sockeye.wire.TlsStep;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

import javax.net.ssl.SSLException;

/**
 * TLS over any stream: what is written here goes encrypted through the stream below, which may be a
 * socket of any family, another layer or something in memory.
 *
 * <pre>{@code
 * try (var stream = StreamSocket.connect(EndpointSpec.parse("tcp:example.org:443"));
 *         var tls = TlsStream.client(stream, TlsSettings.DEFAULT, "example.org")) {
 *     tls.write("GET / HTTP/1.0\r\nHost: example.org\r\n\r\n");
 *     System.out.println(tls.reader().readLine());
 * }
 * }</pre>
 *
 * <p>It exists once the handshake is complete: whoever has one knows whom he talks to. What comes
 * before is in {@link #client} and {@link #server}, which may also be called on a stream that has
 * been in use: what its {@link ByteStream#reader()} holds is taken for the peer's handshake, so
 * that nothing said in plain is ever taken for something said in TLS. Do not use the stream below
 * while this one is in use.
 *
 * <p><b>Ends.</b> {@code read} returns −1 after the peer's close_notify. A stream below that ends
 * without it was cut: {@link sockeye.wire.TlsTruncatedException}, unless {@link
 * TlsSettings#truncation} says that this is all right. {@link #shutdownOutput} says close_notify
 * and leaves the direction below open.
 *
 * <p><b>Cancelling.</b> A write that is interrupted, or whose time is over, has put what it reports
 * as done ({@code bytesTransferred}) into records, and what could not be sent of these is sent
 * before anything else by the next write, {@link #flush} or close: no record is torn, and the
 * stream stays usable.
 *
 * <p><b>Threads.</b> A reader never waits behind a writer, also when TLS itself has something to
 * answer: what cannot be sent at once then is left to the writer.
 *
 * <p><b>Memory.</b> Buffers are borrowed while there is something in them. A connection that waits
 * for input has none.
 */
public final class TlsStream implements ByteStream {
    /** How long a client's handshake may take if nothing is said. */
    public static final Duration HANDSHAKE = Duration.ofSeconds(10);

    /** How much is thrown away by close, that it need not turn into a reset. */
    private static final int DISCARDED = 64 << 10;

    private static final Deadline PASSED = Deadline.after(Duration.ZERO);

    private final ByteStream below;
    private final TlsMachine machine;
    private final TlsSending sending;
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final ReentrantLock reading = new ReentrantLock();

    /** What came and is not decrypted, from position to limit; guarded by reading. */
    private @Nullable ByteBuffer records;

    /** What is decrypted and not read; guarded by reading. */
    private @Nullable ByteBuffer plain;

    private volatile boolean inputShut;
    private volatile @Nullable LineReader reader;

    private TlsStream(ByteStream below, TlsMachine machine) {
        this.below = below;
        this.machine = machine;
        this.sending = new TlsSending(below, machine);
    }

    /**
     * Becomes a client: shakes hands, and checks that the certificate is trusted and is for the
     * host. To be done within {@link #HANDSHAKE}; the deadlines of the stream are none then.
     *
     * @param below connected; whoever called this closes it if this fails
     * @param settings sessions are not remembered: for many connections keep a {@link TlsContext}
     * @param host whom the certificate must be for, a name or an address; a name is told to the
     *     server (SNI)
     * @throws SSLException if one side refuses the other
     * @throws SocketTimeoutException if the time is over
     */
    public static TlsStream client(ByteStream below, TlsSettings settings, String host)
            throws IOException {
        return client(below, TlsContext.of(settings), host);
    }

    /** The same with a context, which remembers sessions. */
    public static TlsStream client(ByteStream below, TlsContext context, String host)
            throws IOException {
        int port = below.peer() instanceof InetEndpoint inet ? inet.port() : -1;
        return over(below, context.client(host, port), Deadline.after(HANDSHAKE));
    }

    /**
     * Becomes a server: shakes hands, under the deadlines that the stream has.
     *
     * @param below connected; whoever called this closes it if this fails
     * @throws SSLException if one side refuses the other
     */
    public static TlsStream server(ByteStream below, TlsContext context) throws IOException {
        var stream = new TlsStream(below, context.server());
        stream.handshake();
        return stream;
    }

    /**
     * Shakes hands with a machine that was made elsewhere, of an engine with settings of its own
     * for instance.
     *
     * @param machine fresh
     * @param deadline for the handshake; the deadlines of the stream are none then
     */
    public static TlsStream over(ByteStream below, TlsMachine machine, Deadline deadline)
            throws IOException {
        var stream = new TlsStream(below, machine);
        below.readDeadline(deadline);
        below.writeDeadline(deadline);
        try {
            stream.handshake();
        } finally {
            below.readDeadline(Deadline.NONE);
            below.writeDeadline(Deadline.NONE);
        }
        return stream;
    }

    /** What the handshake came to: protocol, cipher, ALPN, the name asked for, who the peer is. */
    public TlsDetails details() {
        return machine.details();
    }

    /** The machine, for what is not in {@link #details}. */
    public TlsMachine machine() {
        return machine;
    }

    // ---- handshake

    private void handshake() throws IOException {
        below.flush();
        try {
            for (boolean done = false; !done; ) {
                done = turn();
            }
        } catch (SSLException refused) {
            sending.answer(); // with the alert that tells why
            throw refused;
        } finally {
            giveBack();
        }
    }

    /** All that we have to say, then one record of the peer; whether the handshake is over. */
    private boolean turn() throws IOException {
        sending.own();
        if (machine.isEstablished()) {
            return true;
        }
        ByteBuffer came = records;
        TlsStep step =
                machine.receive(came == null ? TlsBuffers.NOTHING : came, TlsBuffers.NOTHING);
        switch (step) {
            case INPUT -> {
                if (!fill()) {
                    throw new IOException("the stream below does not wait");
                }
            }
            case TASK -> machine.runTasks();
            case ENDED -> throw new SSLException("the peer ended the handshake");
            case MOVED, IDLE, ROOM, OUTPUT, ESTABLISHED -> {}
        }
        return false;
    }

    // ---- reading

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        LineReader ahead = reader;
        return ahead == null ? receive(bytes, offset, length) : ahead.read(bytes, offset, length);
    }

    private int receive(byte[] bytes, int offset, int length) throws IOException {
        return receive(ByteBuffer.wrap(bytes, offset, length));
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
        if (buffer.isReadOnly()) {
            throw new IllegalArgumentException("a read-only buffer");
        }
        LineReader ahead = reader;
        if (ahead == null || ahead.available() == 0) {
            return receive(buffer);
        }
        byte[] some = new byte[Math.min(ahead.available(), buffer.remaining())];
        int count = ahead.read(some, 0, some.length);
        buffer.put(some, 0, Math.max(count, 0));
        return count;
    }

    private int receive(ByteBuffer into) throws IOException {
        checkOpen();
        if (!into.hasRemaining()) {
            return 0;
        }
        TlsSending.lock(reading, "recv");
        try {
            return receiveAlone(into);
        } catch (SSLException refused) {
            sending.answer(); // with the alert that tells why
            throw refused;
        } finally {
            giveBack();
            reading.unlock();
        }
    }

    private int receiveAlone(ByteBuffer into) throws IOException {
        int start = into.position();
        while (true) {
            ByteBuffer rest = plain;
            if (rest != null) {
                return copy(rest, into);
            }
            ByteBuffer came = records;
            switch (machine.receive(came == null ? TlsBuffers.NOTHING : came, into)) {
                case MOVED -> {
                    return into.position() - start;
                }
                case ROOM -> decrypt(Objects.requireNonNull(came));
                case INPUT -> {
                    if (!fill()) {
                        return 0;
                    }
                }
                case OUTPUT -> sending.answer();
                case TASK -> machine.runTasks();
                case ENDED -> {
                    sending.answer(); // TLS 1.2 wants an answer to close_notify
                    return -1;
                }
                case IDLE, ESTABLISHED -> {}
            }
        }
    }

    private static int copy(ByteBuffer from, ByteBuffer into) {
        int count = Math.min(from.remaining(), into.remaining());
        into.put(into.position(), from, from.position(), count);
        into.position(into.position() + count);
        from.position(from.position() + count);
        return count;
    }

    /** A record that may be longer than what the caller has room for. */
    private void decrypt(ByteBuffer came) throws IOException {
        ByteBuffer whole = TlsBuffers.take(machine.plainRoom());
        try {
            if (machine.receive(came, whole) == TlsStep.OUTPUT) {
                sending.answer();
            }
        } finally {
            plain = TlsBuffers.giveBack(whole.flip());
        }
    }

    /**
     * Reads some more of the peer's records, or tells the machine of their end.
     *
     * @return false if the stream below would block, which only one that was made so does
     */
    private boolean fill() throws IOException {
        sending.flushHeld();
        ByteBuffer room = records;
        if (room == null) {
            below.awaitInput(); // without a buffer
            room = TlsBuffers.take(TlsBuffers.SIZE);
        } else {
            room.compact();
        }
        int count;
        try {
            count = below.read(room);
        } finally {
            records = room.flip();
        }
        if (count < 0) {
            machine.ended(inputShut);
        }
        return count != 0;
    }

    /** Keeps no buffer of the reading side that has nothing in it. */
    private void giveBack() {
        records = TlsBuffers.giveBack(records);
        plain = TlsBuffers.giveBack(plain);
    }

    @Override
    public void awaitInput() throws IOException {
        LineReader ahead = reader;
        if (ahead != null && ahead.available() > 0) {
            return;
        }
        checkOpen();
        sending.flushHeld();
        if (reading.tryLock()) {
            try {
                if (plain != null || hasRecord()) {
                    return;
                }
            } finally {
                reading.unlock();
            }
        }
        below.awaitInput();
    }

    /** Whether a read would find something without asking below; may be wrong in saying so. */
    private boolean hasRecord() {
        ByteBuffer came = records;
        if (came == null || came.remaining() < 5) {
            return false;
        }
        return came.remaining() >= 5 + (came.getShort(came.position() + 3) & 0xffff);
    }

    @Override
    public LineReader reader() {
        LineReader ahead = reader;
        if (ahead == null) {
            synchronized (reading) {
                ahead = reader;
                if (ahead == null) {
                    ahead = LineReader.over(this, new Input());
                    reader = ahead;
                }
            }
        }
        return ahead;
    }

    private final class Input implements LineReader.Source {
        @Override
        public void flushHeld() throws IOException {
            sending.flushHeld();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return receive(bytes, offset, length);
        }
    }

    // ---- writing

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        checkOpen();
        LineReader ahead = reader;
        sending.write(bytes, offset, length, ahead != null && ahead.hasMore());
    }

    @Override
    public int write(ByteBuffer buffer) throws IOException {
        int length = buffer.remaining();
        checkOpen();
        sending.write(buffer);
        return length;
    }

    @Override
    public void flush() throws IOException {
        checkOpen();
        sending.write(TlsBuffers.NOTHING);
    }

    // ---- the rest

    private void checkOpen() throws ClosedChannelException {
        if (!open.get()) {
            throw new ClosedChannelException();
        }
    }

    @Override
    public @Nullable Endpoint peer() {
        return below.peer();
    }

    @Override
    public @Nullable Endpoint local() {
        return below.local();
    }

    /**
     * Ends our data with close_notify. In TLS 1.3 reading goes on; in TLS 1.2 the peer answers with
     * its own end and may drop what it had yet to send. The stream below stays open both ways.
     */
    @Override
    public void shutdownOutput() throws IOException {
        checkOpen();
        sending.end();
    }

    @Override
    public void shutdownInput() throws IOException {
        inputShut = true;
        below.shutdownInput();
    }

    @Override
    public void readDeadline(Deadline deadline) {
        below.readDeadline(deadline);
    }

    @Override
    public void writeDeadline(Deadline deadline) {
        sending.deadline(deadline);
    }

    /** This, the {@link TlsMachine}, or whatever the stream below is made of. */
    @Override
    public <T> Optional<T> unwrap(Class<T> kind) {
        if (kind.isInstance(this)) {
            return Optional.of(kind.cast(this));
        }
        return kind.isInstance(machine) ? Optional.of(kind.cast(machine)) : below.unwrap(kind);
    }

    @Override
    public boolean isOpen() {
        return open.get() && below.isOpen();
    }

    /**
     * Says close_notify, unless another thread's write stands in the way, and closes the stream
     * below. Where the peer does not read it waits a second for it, or until the write deadline; an
     * interrupt status does not keep it from that.
     *
     * <p>It does not wait for the peer's end. A peer that still sends may be answered by a reset,
     * which may overtake our last bytes: {@link #shutdownOutput} and a read until the end are
     * better where that matters, and a server does as much by itself.
     */
    @Override
    public void close() throws IOException {
        if (!open.compareAndSet(true, false)) {
            return;
        }
        try {
            sending.last();
            if (reading.tryLock()) {
                try {
                    discard();
                } finally {
                    reading.unlock();
                }
            }
        } finally {
            below.close();
        }
    }

    /** Input that nobody read, tickets for instance, would turn into a reset. */
    private void discard() {
        ByteBuffer room = records;
        records = null;
        room = room == null ? TlsBuffers.take(TlsBuffers.SIZE) : room;
        try {
            below.readDeadline(PASSED);
            for (int left = DISCARDED; left > 0; ) {
                int count = below.read(room.clear());
                left = count <= 0 ? 0 : left - count;
            }
        } catch (IOException nothingMore) {
            // Or the stream is broken, which is all the same now.
        }
        TlsBuffers.recycle(room);
        if (plain != null) {
            TlsBuffers.recycle(plain);
            plain = null;
        }
    }

    @Override
    public String toString() {
        return "TlsStream[" + machine + " over " + below + "]";
    }
}
