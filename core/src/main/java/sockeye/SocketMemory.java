// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.nio.ByteBuffer;

/**
 * How much memory a socket holds, in bytes: the value of {@link SoOption#MEM_INFO}, also known from
 * {@code ss --memory}. All are C's unsigned 32 bits.
 *
 * @param receiveQueue memory of what was received and not yet read (SK_MEMINFO_RMEM_ALLOC)
 * @param receiveBuffer the limit of it, SO_RCVBUF (SK_MEMINFO_RCVBUF)
 * @param transmitQueue memory of packets on their way to the card (SK_MEMINFO_WMEM_ALLOC)
 * @param sendBuffer the limit of what waits for sending, SO_SNDBUF (SK_MEMINFO_SNDBUF)
 * @param forwardAllocated memory set aside for this socket and not yet used (SK_MEMINFO_FWD_ALLOC)
 * @param sendQueue memory of what TCP has queued and not yet sent (SK_MEMINFO_WMEM_QUEUED)
 * @param options memory of options, filters and control messages (SK_MEMINFO_OPTMEM)
 * @param backlog memory of packets that wait for the socket's lock (SK_MEMINFO_BACKLOG)
 * @param drops how many packets, not bytes, were dropped for want of room (SK_MEMINFO_DROPS)
 */
public record SocketMemory(
        long receiveQueue,
        long receiveBuffer,
        long transmitQueue,
        long sendBuffer,
        long forwardAllocated,
        long sendQueue,
        long options,
        long backlog,
        long drops) {
    private static final int SK_MEMINFO_VARS = 9;

    /** The kernel may append more numbers. */
    static final OptionCodec<SocketMemory> CODEC =
            OptionCodec.report(
                    SocketMemory.class,
                    SK_MEMINFO_VARS * Integer.BYTES,
                    32 * Integer.BYTES,
                    SocketMemory::read);

    private static SocketMemory read(ByteBuffer in) {
        return new SocketMemory(
                next(in), next(in), next(in), next(in), next(in), next(in), next(in), next(in),
                next(in));
    }

    private static long next(ByteBuffer in) {
        return Integer.toUnsignedLong(in.getInt());
    }
}
