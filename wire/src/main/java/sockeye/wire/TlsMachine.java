// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLProtocolException;
import javax.net.ssl.SSLSession;

/**
 * One connection's TLS: takes records and gives plain bytes, takes plain bytes and gives records.
 * It does no I/O, never waits, holds no buffer, and runs nothing by itself: what takes long leaves
 * as a {@linkplain TlsStep#TASK task}.
 *
 * <p>It runs on an {@link SSLEngine}, and spares its driver what is odd about them. A driver has
 * two loops. Both call until they are told to do something else first:
 *
 * <table>
 * <caption>What a step asks for</caption>
 * <tr><th>step</th><th>of receive</th><th>of send</th></tr>
 * <tr><td>MOVED</td><td>take the plain bytes</td><td>send the records; more may fit</td></tr>
 * <tr><td>INPUT</td><td>read more from the peer, or tell {@link #ended}</td>
 *     <td>it is the peer's turn: receive</td></tr>
 * <tr><td>ROOM</td><td>a buffer of {@link #plainRoom()}</td>
 *     <td>a buffer of {@link #recordRoom()}</td></tr>
 * <tr><td>OUTPUT</td><td>send, at least without waiting; then receive goes on</td><td></td></tr>
 * <tr><td>TASK</td><td colspan="2">run every {@link #task()}</td></tr>
 * <tr><td>ESTABLISHED</td><td colspan="2">say so; the same call goes on</td></tr>
 * <tr><td>ENDED</td><td>the peer has ended its data</td><td>our end is on its way</td></tr>
 * <tr><td>IDLE</td><td></td><td>nothing is left to send</td></tr>
 * </table>
 *
 * <p><b>Threads.</b> Up to ESTABLISHED one thread at a time. From then on one may receive while
 * another one sends; neither waits for the other longer than a record takes. A receiver that is
 * told OUTPUT while a sender is stuck may leave it at that: the sender takes it along.
 *
 * <p><b>Bounds.</b> A handshake may have {@value #HANDSHAKE_BYTES} bytes in {@value
 * #HANDSHAKE_RECORDS} records. Afterwards records that bring no data (key updates, tickets, empty
 * ones) may outnumber the eighth part of those that do by {@value #IDLE_RECORDS}, and no more than
 * {@value #UNANSWERED} may await an answer that the peer does not read. A peer that renegotiates,
 * in TLS 1.2, is refused. An engine that is asked to go on and does nothing, eight times in a row,
 * is given up: nobody spins.
 *
 * <p><b>After an exception</b> the connection is lost: {@link #send} gives the alert that tells the
 * peer, and then ENDED; {@link #receive} throws the same again.
 */
public final class TlsMachine {
    /** The most bytes that a peer's handshake may have, before it is complete. */
    public static final int HANDSHAKE_BYTES = 128 << 10;

    /** The most records that it may have. */
    public static final int HANDSHAKE_RECORDS = 1_024;

    /** How many more records may bring no data than an eighth of those that do. */
    public static final int IDLE_RECORDS = 32;

    /** How many records that want an answer are taken while none can be sent. */
    public static final int UNANSWERED = 16;

    /** How often in a row an engine that is asked to go on may do nothing at all. */
    private static final int STANDSTILLS = 8;

    private static final int DATA_PER_IDLE = 8;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private final SSLEngine engine;
    private final boolean truncation;
    private final AtomicInteger unanswered = new AtomicInteger();
    private volatile boolean established;
    private volatile boolean inputEnded;
    private volatile boolean outputEnded;
    private volatile boolean closing;
    private volatile @Nullable SSLException failure;
    private boolean begun;
    private int handshakeBytes;
    private int handshakeRecords;
    private int idleRecords;
    private int dataRecords;

    /**
     * How often the engine has done nothing with input, and with output, since it did something.
     */
    private int stillReceiving;

    private int stillSending;

    TlsMachine(SSLEngine engine, boolean truncation) {
        this.engine = engine;
        this.truncation = truncation;
    }

    /**
     * Over an engine of the caller's, set up by the caller in everything: role, certificates,
     * protocols, host name. It must not have begun, and belongs to the machine from now on.
     */
    public static TlsMachine of(SSLEngine engine) {
        return new TlsMachine(engine, false);
    }

    /**
     * Takes records, at most up to the first that gives something to tell.
     *
     * @param records what came from the peer, from position to limit; whole records are consumed,
     *     and may be overwritten in place. What remains has to be in front the next time.
     * @param plain where data goes; may have no room while there is none to come
     * @throws SSLException if the peer's certificate, a record or anything else is refused, or the
     *     peer refuses us
     */
    public TlsStep receive(ByteBuffer records, ByteBuffer plain) throws SSLException {
        SSLException before = failure;
        if (before != null) {
            throw before;
        }
        if (inputEnded) {
            return TlsStep.ENDED;
        }
        begin();
        while (true) {
            HandshakeStatus status = engine.getHandshakeStatus();
            if (status == HandshakeStatus.NEED_TASK) {
                return TlsStep.TASK;
            }
            if (!established && status == HandshakeStatus.NEED_WRAP) {
                return TlsStep.OUTPUT;
            }
            int length = length(records);
            if (length < 0 || records.remaining() < length) {
                return TlsStep.INPUT;
            }
            check(TlsRecord.type(records), length);
            SSLEngineResult result = unwrap(records, length, plain);
            switch (result.getStatus()) {
                case BUFFER_OVERFLOW -> {
                    return TlsStep.ROOM;
                }
                case BUFFER_UNDERFLOW -> {
                    return TlsStep.INPUT;
                }
                case CLOSED -> {
                    return inputClosed();
                }
                case OK -> {}
            }
            stillReceiving = stillAfter(result, stillReceiving);
            if (finished(result)) {
                return TlsStep.ESTABLISHED;
            }
            if (result.bytesConsumed() > 0 && established) {
                count(result.bytesProduced() > 0);
            }
            if (result.bytesProduced() > 0) {
                return TlsStep.MOVED;
            }
            if (established && result.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
                if (unanswered.incrementAndGet() > UNANSWERED) {
                    throw fail(new SSLProtocolException("a peer that asks, and reads no answers"));
                }
                return TlsStep.OUTPUT;
            }
        }
    }

    /**
     * An engine that says that all is well, and neither takes nor gives anything, would be asked
     * for ever.
     */
    private int stillAfter(SSLEngineResult result, int before) throws SSLException {
        if (result.bytesConsumed() > 0 || result.bytesProduced() > 0) {
            return 0;
        }
        if (before + 1 > STANDSTILLS) {
            throw fail(new SSLException("the TLS engine stands still"));
        }
        return before + 1;
    }

    private int length(ByteBuffer records) throws SSLException {
        try {
            return TlsRecord.length(records);
        } catch (SSLException none) {
            throw fail(none);
        }
    }

    private SSLEngineResult unwrap(ByteBuffer records, int length, ByteBuffer plain)
            throws SSLException {
        int limit = records.limit();
        records.limit(records.position() + length);
        try {
            return engine.unwrap(records, plain);
        } catch (Exception refused) {
            throw failed(refused);
        } finally {
            records.limit(limit);
        }
    }

    private TlsStep inputClosed() throws SSLException {
        if (!established) {
            throw fail(new SSLHandshakeException("the peer ended the handshake"));
        }
        inputEnded = true;
        return TlsStep.ENDED;
    }

    /** Refuses what is too much, before it is looked at. */
    private void check(int type, int length) throws SSLException {
        if (established) {
            // In TLS 1.3 all types look like data; in 1.2 a handshake now is a renegotiation.
            if (type == TlsRecord.HANDSHAKE) {
                throw fail(new SSLHandshakeException("the peer wants to renegotiate"));
            }
            return;
        }
        handshakeBytes += length;
        handshakeRecords++;
        if (handshakeBytes > HANDSHAKE_BYTES || handshakeRecords > HANDSHAKE_RECORDS) {
            throw fail(
                    new SSLProtocolException(
                            "a handshake of more than %d bytes or %d records"
                                    .formatted(HANDSHAKE_BYTES, HANDSHAKE_RECORDS)));
        }
    }

    private void count(boolean data) throws SSLException {
        if (!data) {
            if (++idleRecords > IDLE_RECORDS) {
                throw fail(new SSLProtocolException("a flood of records without data"));
            }
        } else if (++dataRecords == DATA_PER_IDLE) {
            dataRecords = 0;
            idleRecords = Math.max(0, idleRecords - 1);
        }
    }

    /**
     * Puts one record: of what the machine itself has to say, else of data.
     *
     * @param plain what is to be sent; its position moves by as much as fits into one record. Not
     *     looked at before the handshake is complete, nor after {@link #close}.
     * @param records where the record goes
     * @throws SSLException if a task has failed, or the engine does
     */
    public TlsStep send(ByteBuffer plain, ByteBuffer records) throws SSLException {
        begin();
        if (outputEnded) {
            return TlsStep.ENDED;
        }
        boolean ending = closing || failure != null;
        HandshakeStatus status = engine.getHandshakeStatus();
        if (!ending) {
            if (status == HandshakeStatus.NEED_TASK) {
                return TlsStep.TASK;
            }
            if (established) {
                if (status != HandshakeStatus.NEED_WRAP && !plain.hasRemaining()) {
                    return TlsStep.IDLE;
                }
            } else if (status != HandshakeStatus.NEED_WRAP) {
                return TlsStep.INPUT;
            }
        }
        SSLEngineResult result = wrap(established && !ending ? plain : NOTHING, records);
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
            return TlsStep.ROOM;
        }
        if (result.getHandshakeStatus() != HandshakeStatus.NEED_WRAP) {
            unanswered.set(0);
        }
        if (result.getStatus() == Status.CLOSED) {
            outputEnded = true;
            return TlsStep.ENDED;
        }
        boolean moved = result.bytesProduced() > 0 || result.bytesConsumed() > 0;
        stillSending = moved ? 0 : stillSending;
        if (finished(result)) {
            return TlsStep.ESTABLISHED;
        }
        if (moved) {
            return TlsStep.MOVED;
        }
        if (ending) {
            // Nothing more is to be had from it.
            outputEnded = true;
            return TlsStep.ENDED;
        }
        return switch (result.getHandshakeStatus()) {
            case NEED_TASK -> TlsStep.TASK;
            case NEED_WRAP -> moreToSend(result);
            default ->
                    !established
                            ? TlsStep.INPUT
                            : plain.hasRemaining() ? moreToSend(result) : TlsStep.IDLE;
        };
    }

    private TlsStep moreToSend(SSLEngineResult result) throws SSLException {
        stillSending = stillAfter(result, stillSending);
        return TlsStep.MOVED;
    }

    private SSLEngineResult wrap(ByteBuffer plain, ByteBuffer records) throws SSLException {
        try {
            return engine.wrap(plain, records);
        } catch (Exception failed) {
            if (failure != null) {
                outputEnded = true; // not even the alert
            }
            throw failed(failed);
        }
    }

    /** A driver's next piece of work, or null when there is none left; see {@link TlsStep#TASK}. */
    public @Nullable Runnable task() {
        return engine.getDelegatedTask();
    }

    /** Does, on this thread, all the work that there is: for a driver that may as well wait. */
    public void runTasks() {
        for (Runnable task; (task = task()) != null; ) {
            task.run();
        }
    }

    /**
     * Ends our data: {@link #send} gives close_notify. The peer's data still comes in TLS 1.3; in
     * 1.2 the peer answers with its own end and may drop what it had yet to send (RFC 5246, 7.2.1).
     * May be called by any thread, and again.
     */
    public void close() {
        closing = true;
        engine.closeOutbound();
    }

    /**
     * The stream of records is over. To be called when a read from the peer met the end.
     *
     * @param excused whether that is all right without close_notify, because we ended the stream
     *     ourselves for instance
     * @throws TlsTruncatedException if the peer had not ended its data, and that is not all right
     * @throws SSLException if it was during the handshake
     */
    public void ended(boolean excused) throws SSLException {
        if (inputEnded) {
            return;
        }
        SSLException before = failure;
        if (before != null) {
            throw before;
        }
        if (!established) {
            throw fail(new SSLHandshakeException("the peer closed during the TLS handshake"));
        }
        if (!excused && !truncation) {
            throw fail(new TlsTruncatedException());
        }
        inputEnded = true;
    }

    /** Whether the handshake is complete. */
    public boolean isEstablished() {
        return established;
    }

    /** Whether each side may end while the other one goes on: TLS 1.3. */
    public boolean halfCloses() {
        return established && !engine.getSession().getProtocol().equals("TLSv1.2");
    }

    /** What the handshake came to; of use from ESTABLISHED on. */
    public TlsDetails details() {
        return TlsDetails.of(engine);
    }

    /** The session, for what is not in {@link #details}: its id, keying material (RFC 5705). */
    public SSLSession session() {
        return engine.getSession();
    }

    /** Room in bytes that is enough for the data of any one record. */
    public int plainRoom() {
        return engine.getSession().getApplicationBufferSize();
    }

    /** Room in bytes that {@link #send} needs for a record, in the largest case. */
    public int recordRoom() {
        return engine.getSession().getPacketBufferSize();
    }

    @Override
    public String toString() {
        String state = established ? engine.getSession().getProtocol() : "handshake";
        return "TlsMachine[%s%s%s]"
                .formatted(state, inputEnded ? ", input ended" : "", outputEnded ? ", ended" : "");
    }

    private void begin() throws SSLException {
        if (!begun) {
            begun = true;
            engine.beginHandshake();
        }
    }

    /** Notes, once, that the handshake is complete. */
    private boolean finished(SSLEngineResult result) {
        if (established || result.getHandshakeStatus() != HandshakeStatus.FINISHED) {
            return false;
        }
        established = true;
        return true;
    }

    /** What we refuse: the peer is told as far as an engine lets us, by close_notify. */
    private SSLException fail(SSLException why) {
        failure = why;
        engine.closeOutbound();
        return why;
    }

    /**
     * What the engine refuses: it has an alert to send. Some throw what they do not declare, the
     * exceptions of trust managers.
     */
    private SSLException failed(Exception why) {
        SSLException told =
                why instanceof SSLException declared
                        ? declared
                        : new SSLException(String.valueOf(why.getMessage()), why);
        if (failure == null) {
            failure = told;
        }
        return told;
    }
}
