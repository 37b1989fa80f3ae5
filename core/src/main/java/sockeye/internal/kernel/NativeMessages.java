// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import sockeye.internal.ControlSearch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The headers of many messages for sendmmsg(2) and recvmmsg(2), in native memory; what they carry
 * lies elsewhere. Each may carry several datagrams of UDP: sent with UDP_SEGMENT, received with
 * UDP_GRO.
 */
public final class NativeMessages {
    /** How much may stand beside a message that the kernel is to cut: IPV6_PKTINFO. */
    public static final int BESIDE = 40;

    /** That, and what a control message of UDP_SEGMENT needs. */
    private static final int CONTROL = BESIDE + 24;

    private static final int SOL_UDP = 17;
    private static final int UDP_SEGMENT = 103;
    private static final int UDP_GRO = 104;

    @CStruct("struct mmsghdr")
    static final class Many {
        static final int SIZEOF = 64;
        static final int msg_hdr = 0;
        static final int msg_len = 56;

        private Many() {}
    }

    @CStruct("struct cmsghdr")
    static final class Control {
        static final int SIZEOF = 16;
        static final int cmsg_len = 0;
        static final int cmsg_level = 8;
        static final int cmsg_type = 12;

        private Control() {}
    }

    private final int capacity;
    private final int vectors;
    private final long firstVector;
    private final long firstControl;
    private final MemorySegment memory;
    private final int[] carried;
    private int count;
    private int usedVectors;

    /** Room for so many headers, and so many vectors for all of them. */
    public NativeMessages(int capacity, int vectors) {
        this.capacity = capacity;
        this.vectors = vectors;
        this.firstVector = (long) capacity * Many.SIZEOF;
        this.firstControl = firstVector + (long) vectors * NativeMessage.Vector.SIZEOF;
        this.memory = Arena.ofAuto().allocate(firstControl + (long) capacity * CONTROL, 64);
        this.carried = new int[capacity];
    }

    /** Makes it empty. */
    public void clear() {
        count = 0;
        usedVectors = 0;
    }

    /** How many headers there are. */
    public int count() {
        return count;
    }

    /** Where they are. */
    public long address() {
        return memory.address();
    }

    /** How many vectors the first so many headers have. */
    public int carriedBy(int headers) {
        int sum = 0;
        for (int i = 0; i < headers; i++) {
            sum += carried[i];
        }
        return sum;
    }

    /** Whether there is room for one more header with a vector. */
    public boolean hasRoom() {
        return count < capacity && usedVectors < vectors;
    }

    /** Whether there is room for one more vector. */
    public boolean hasVector() {
        return usedVectors < vectors;
    }

    private long header(int i) {
        return (long) i * Many.SIZEOF;
    }

    private long control(int i) {
        return firstControl + (long) i * CONTROL;
    }

    /** One more header, with the name of length 0 for none, and without vectors. */
    public void begin(long name, int nameLength) {
        int i = count++;
        carried[i] = 0;
        long header = header(i);
        memory.set(JAVA_LONG, header + NativeMessage.Header.msg_name, nameLength == 0 ? 0 : name);
        memory.set(JAVA_INT, header + NativeMessage.Header.msg_namelen, nameLength);
        long vector = firstVector + (long) usedVectors * NativeMessage.Vector.SIZEOF;
        memory.set(JAVA_LONG, header + NativeMessage.Header.msg_iov, memory.address() + vector);
        memory.set(JAVA_LONG, header + NativeMessage.Header.msg_iovlen, 0);
        memory.set(JAVA_LONG, header + NativeMessage.Header.msg_control, 0);
        memory.set(JAVA_LONG, header + NativeMessage.Header.msg_controllen, 0);
        memory.set(JAVA_INT, header + NativeMessage.Header.msg_flags, 0);
    }

    /** One more vector of the last header. */
    public void add(long address, long length) {
        long at = firstVector + (long) usedVectors++ * NativeMessage.Vector.SIZEOF;
        memory.set(JAVA_LONG, at + NativeMessage.Vector.iov_base, address);
        memory.set(JAVA_LONG, at + NativeMessage.Vector.iov_len, length);
        int now = ++carried[count - 1];
        memory.set(JAVA_LONG, header(count - 1) + NativeMessage.Header.msg_iovlen, now);
    }

    /**
     * Has the kernel cut the last message into datagrams of this size: UDP_SEGMENT.
     *
     * @param beside where the control messages are that each of them is to have, of which this
     *     makes a copy
     * @param length how long those are, at most {@link #BESIDE}
     */
    public void segment(int size, MemorySegment beside, long start, int length) {
        long area = control(count - 1);
        MemorySegment.copy(beside, start, memory, area, length);
        long at = area + length;
        memory.set(JAVA_LONG, at + Control.cmsg_len, Control.SIZEOF + Short.BYTES);
        memory.set(JAVA_INT, at + Control.cmsg_level, SOL_UDP);
        memory.set(JAVA_INT, at + Control.cmsg_type, UDP_SEGMENT);
        memory.set(JAVA_SHORT, at + Control.SIZEOF, (short) size);
        control(memory.address() + area, CONTROL - BESIDE + length);
    }

    /**
     * Makes a header ready for a receive, with the vector of the same number.
     *
     * @param room where the name goes, behind it what comes beside the message, and the message
     */
    public void room(int i, long room, int nameBytes, int controlBytes, int bytes) {
        long header = header(i);
        long vector = firstVector + (long) i * NativeMessage.Vector.SIZEOF;
        memory.set(JAVA_LONG, header + NativeMessage.Header.msg_name, room);
        memory.set(JAVA_INT, header + NativeMessage.Header.msg_namelen, nameBytes);
        memory.set(JAVA_LONG, header + NativeMessage.Header.msg_iov, memory.address() + vector);
        memory.set(JAVA_LONG, header + NativeMessage.Header.msg_iovlen, 1);
        int front = nameBytes + controlBytes;
        memory.set(JAVA_LONG, vector + NativeMessage.Vector.iov_base, room + front);
        memory.set(JAVA_LONG, vector + NativeMessage.Vector.iov_len, bytes - front);
        long control = controlBytes == 0 ? 0 : room + nameBytes;
        memory.set(JAVA_LONG, header + NativeMessage.Header.msg_control, control);
        memory.set(JAVA_LONG, header + NativeMessage.Header.msg_controllen, controlBytes);
    }

    /** What goes beside the last message. */
    public void control(long address, int length) {
        long header = header(count - 1);
        memory.set(JAVA_LONG, header + NativeMessage.Header.msg_control, address);
        memory.set(JAVA_LONG, header + NativeMessage.Header.msg_controllen, length);
    }

    /** After a receive: how long a message is. */
    public int length(int i) {
        return memory.get(JAVA_INT, header(i) + Many.msg_len);
    }

    /** After a receive: how long the name is that came. */
    public int nameLength(int i) {
        return memory.get(JAVA_INT, header(i) + NativeMessage.Header.msg_namelen);
    }

    /** After a receive: the flags that came. */
    public int flags(int i) {
        return memory.get(JAVA_INT, header(i) + NativeMessage.Header.msg_flags);
    }

    /** After a receive: how much came beside a message. */
    public int controlLength(int i) {
        return (int) memory.get(JAVA_LONG, header(i) + NativeMessage.Header.msg_controllen);
    }

    /**
     * How long the datagrams are that a message is put together of, by what came beside it; or 0.
     */
    public static int segmentSize(MemorySegment memory, long at, long length) {
        long found = ControlSearch.find(memory, at, length, SOL_UDP, UDP_GRO, Short.BYTES);
        return found < 0 ? 0 : Short.toUnsignedInt(memory.get(JAVA_SHORT, found));
    }
}
