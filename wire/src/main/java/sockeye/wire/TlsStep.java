// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

/** What a call of a {@link TlsMachine} came to, and what is to be done next. */
public enum TlsStep {
    /** Bytes were moved; the same call may move more. */
    MOVED,
    /**
     * There is nothing to do: of {@link TlsMachine#send}, all that was to be sent is in records.
     */
    IDLE,
    /** The whole of a record is not there yet: read more from the other end, and receive it. */
    INPUT,
    /** The target has not enough room for the next record; nothing was consumed. */
    ROOM,
    /** The machine has something of its own to send: {@link TlsMachine#send}. */
    OUTPUT,
    /**
     * There is work that takes a while, a signature for instance: run what {@link TlsMachine#task}
     * gives, on any thread, before the next call.
     */
    TASK,
    /** The handshake is complete, told once: data may be sent. */
    ESTABLISHED,
    /**
     * This direction is over: of {@link TlsMachine#receive}, the peer has said close_notify; of
     * {@link TlsMachine#send}, our close_notify is in the records, or was before.
     */
    ENDED
}
