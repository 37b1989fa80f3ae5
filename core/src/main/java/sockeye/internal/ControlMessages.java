// SPDX-License-Identifier: Apache-2.0
package sockeye.internal;

import static sockeye.IpProtocol.IPPROTO_IP;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import sockeye.Ancillary;
import sockeye.HasDescriptor;
import sockeye.IpAddress;
import sockeye.PassedDescriptor;
import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.Kernel;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The control area of a message ({@code msg_control}): control messages one behind the other, each
 * a header, its data, and padding up to a multiple of eight bytes.
 *
 * <p>A received number stands for a descriptor of ours as soon as recvmsg(2) has returned. So the
 * numbers are picked out of the whole area first, each becomes a {@link PassedDescriptor} or is
 * closed, and only then is anything else decoded.
 */
public final class ControlMessages {

    @CStruct("struct cmsghdr")
    static final class Header {
        static final int SIZEOF = 16;
        static final int cmsg_len = 0;
        static final int cmsg_level = 8;
        static final int cmsg_type = 12;

        private Header() {}
    }

    @CStruct("struct ucred")
    static final class Ucred {
        static final int SIZEOF = 12;
        static final int pid = 0;
        static final int uid = 4;
        static final int gid = 8;

        private Ucred() {}
    }

    @CStruct("struct in_pktinfo")
    static final class InPktinfo {
        static final int SIZEOF = 12;
        static final int ipi_ifindex = 0;
        static final int ipi_spec_dst = 4;
        static final int ipi_addr = 8;

        private InPktinfo() {}
    }

    @CStruct("struct in6_pktinfo")
    static final class In6Pktinfo {
        static final int SIZEOF = 20;
        static final int ipi6_addr = 0;
        static final int ipi6_ifindex = 16;

        private In6Pktinfo() {}
    }

    /** The same as struct timeval, whose second member counts microseconds. */
    @CStruct("struct timespec")
    static final class Timespec {
        static final int SIZEOF = 16;
        static final int tv_sec = 0;
        static final int tv_nsec = 8;

        private Timespec() {}
    }

    /** Three times: by software, unused, by hardware. */
    @CStruct("struct scm_timestamping")
    static final class ScmTimestamping {
        static final int SIZEOF = 3 * Timespec.SIZEOF;
        static final int ts = 0;

        private ScmTimestamping() {}
    }

    /** Followed by a struct sockaddr, the offender's. */
    @CStruct("struct sock_extended_err")
    static final class SockExtendedErr {
        static final int SIZEOF = 16;
        static final int ee_errno = 0;
        static final int ee_origin = 4;
        static final int ee_type = 5;
        static final int ee_code = 6;
        static final int ee_info = 8;
        static final int ee_data = 12;

        private SockExtendedErr() {}
    }

    private ControlMessages() {}

    /**
     * What an area held.
     *
     * @param ancillary the control messages, in order
     * @param rest how many bytes at the end were no control message; 0 from a kernel that is well
     */
    public record Decoded(List<Ancillary> ancillary, long rest) {
        private static final Decoded NOTHING = new Decoded(List.of(), 0);
    }

    /**
     * Decodes what the kernel wrote. Total: any bytes give a result, and nothing beyond the length
     * is read. If it fails all the same, for want of memory, no received descriptor stays open.
     *
     * @param control the area, from its beginning
     * @param length {@code msg_controllen} as the kernel left it
     */
    public static Decoded decode(MemorySegment control, long length) {
        return decode(control, length, PassedDescriptor::adopt);
    }

    /**
     * The same, with the step that makes a number ours: it owns the number once it has returned.
     */
    static Decoded decode(MemorySegment control, long length, IntFunction<PassedDescriptor> adopt) {
        if (length <= 0) {
            return Decoded.NOTHING;
        }
        var cursor = new ControlCursor(control, Math.min(length, control.byteSize()));
        PassedDescriptor[] owned = adoptAll(cursor, adopt);
        try {
            var ancillary = new ArrayList<Ancillary>();
            var next = Arrays.asList(owned).iterator();
            cursor.rewind();
            while (cursor.advance()) {
                ancillary.add(ControlDecoder.decode(cursor, next));
            }
            return new Decoded(ancillary, cursor.rest());
        } catch (RuntimeException | Error e) {
            closeAll(owned, owned.length, e);
            throw e;
        }
    }

    private static PassedDescriptor[] adoptAll(
            ControlCursor cursor, IntFunction<PassedDescriptor> adopt) {
        int adopted = 0;
        PassedDescriptor[] owned = {};
        try {
            int count = 0;
            while (cursor.advance()) {
                count += cursor.descriptors();
            }
            if (count == 0) {
                return owned;
            }
            owned = new PassedDescriptor[count];
            cursor.rewind();
            while (cursor.advance()) {
                for (int i = 0; i < cursor.descriptors(); i++) {
                    owned[adopted] = adopt.apply(cursor.getInt(Integer.BYTES * i));
                    adopted++;
                }
            }
            return owned;
        } catch (RuntimeException | Error e) {
            closeAll(owned, adopted, e);
            closeFrom(adopted, cursor);
            throw e;
        }
    }

    private static void closeAll(PassedDescriptor[] owned, int count, Throwable cause) {
        for (int i = 0; i < count; i++) {
            try {
                owned[i].close();
            } catch (IOException late) {
                cause.addSuppressed(late);
            }
        }
    }

    /** Closes the descriptors that nobody owns yet. Allocates nothing. */
    private static void closeFrom(int first, ControlCursor cursor) {
        int index = 0;
        cursor.rewind();
        while (cursor.advance()) {
            for (int i = 0; i < cursor.descriptors(); i++) {
                if (index++ >= first) {
                    Kernel.current().close(cursor.getInt(Integer.BYTES * i));
                }
            }
        }
    }

    /**
     * Control messages on their way out. Checked once, then encoded for each attempt to send:
     *
     * <pre>{@code
     * try (Outgoing control = Outgoing.of(ancillary, room)) {
     *     do {
     *         control.encode(area);
     *         n = kernel.sendmsg(...);
     *         control.release();
     *     } while (n is EAGAIN, and the wait for room is over);
     * }
     * }</pre>
     *
     * The descriptors among them are leased from {@code encode} to {@code release} only, never
     * while waiting: closing one of them does not wait for somebody else's full buffer. For one
     * thread.
     */
    public static final class Outgoing implements AutoCloseable {
        private static final Outgoing NOTHING = new Outgoing(List.of(), 0);

        private final List<? extends Ancillary> ancillary;
        private final int size;
        private final List<HasDescriptor.Lease> leases = new ArrayList<>();

        private Outgoing(List<? extends Ancillary> ancillary, int size) {
            this.ancillary = ancillary;
            this.size = size;
        }

        /**
         * Takes them up, in order.
         *
         * @throws IllegalArgumentException if one cannot be sent, there are more than {@link
         *     Ancillary.Rights#MAX_DESCRIPTORS} descriptors, or all together take more than {@code
         *     room} bytes
         */
        public static Outgoing of(List<? extends Ancillary> ancillary, int room) {
            if (ancillary.isEmpty()) {
                return NOTHING;
            }
            long size = 0;
            int descriptors = 0;
            for (Ancillary each : ancillary) {
                size += Ancillary.space(sizeOf(each));
                if (each instanceof Ancillary.Rights rights) {
                    descriptors += rights.holders().size();
                }
            }
            if (descriptors > Ancillary.Rights.MAX_DESCRIPTORS) {
                throw new IllegalArgumentException(
                        "%d descriptors: one message takes at most %d (SCM_MAX_FD)"
                                .formatted(descriptors, Ancillary.Rights.MAX_DESCRIPTORS));
            }
            if (size > room) {
                throw new IllegalArgumentException(
                        "%d bytes of control data: one message takes at most %d"
                                .formatted(size, room));
            }
            return new Outgoing(List.copyOf(ancillary), (int) size);
        }

        /** How many bytes of an area they take: {@code msg_controllen}. */
        public int size() {
            return size;
        }

        /**
         * Writes them to the beginning of an area of at least {@link #size()} bytes, and holds the
         * descriptors until {@link #release()}.
         *
         * @throws ClosedChannelException if a descriptor is closed; then none is held
         */
        public void encode(MemorySegment area) throws ClosedChannelException {
            release();
            boolean complete = false;
            try {
                area.asSlice(0, size).fill((byte) 0);
                long at = 0;
                for (Ancillary each : ancillary) {
                    int bytes = sizeOf(each);
                    area.set(JAVA_LONG_UNALIGNED, at + Header.cmsg_len, Ancillary.length(bytes));
                    area.set(JAVA_INT_UNALIGNED, at + Header.cmsg_level, each.level());
                    area.set(JAVA_INT_UNALIGNED, at + Header.cmsg_type, each.type());
                    encode(each, area.asSlice(at + Header.SIZEOF, bytes));
                    at += Ancillary.space(bytes);
                }
                complete = true;
            } finally {
                if (!complete) {
                    release();
                }
            }
        }

        /** Lets go of the descriptors until the next attempt. */
        public void release() {
            if (!leases.isEmpty()) {
                leases.forEach(HasDescriptor.Lease::close);
                leases.clear();
            }
        }

        @Override
        public void close() {
            release();
        }

        private void encode(Ancillary each, MemorySegment data) throws ClosedChannelException {
            switch (each) {
                case Ancillary.Rights rights -> {
                    int index = 0;
                    for (HasDescriptor holder : rights.holders()) {
                        HasDescriptor.Lease lease = holder.lease();
                        leases.add(lease);
                        data.setAtIndex(JAVA_INT_UNALIGNED, index++, lease.fileno());
                    }
                }
                case Ancillary.Credentials credentials -> {
                    data.set(JAVA_INT_UNALIGNED, Ucred.pid, credentials.pid());
                    data.set(JAVA_INT_UNALIGNED, Ucred.uid, credentials.uid());
                    data.set(JAVA_INT_UNALIGNED, Ucred.gid, credentials.gid());
                }
                case Ancillary.PacketInfo info when info.level() == IPPROTO_IP -> {
                    data.set(JAVA_INT_UNALIGNED, InPktinfo.ipi_ifindex, info.interfaceIndex());
                    copy(info.local(), data, InPktinfo.ipi_spec_dst);
                    copy(info.destination(), data, InPktinfo.ipi_addr);
                }
                case Ancillary.PacketInfo info -> {
                    copy(info.local().mapped(), data, In6Pktinfo.ipi6_addr);
                    data.set(JAVA_INT_UNALIGNED, In6Pktinfo.ipi6_ifindex, info.interfaceIndex());
                }
                case Ancillary.TimeToLive ttl -> data.set(JAVA_INT_UNALIGNED, 0, ttl.hops());
                case Ancillary.TrafficClass tos -> data.set(JAVA_INT_UNALIGNED, 0, tos.value());
                case Ancillary.FlowInfo flow ->
                        data.set(JAVA_INT_UNALIGNED, 0, ControlDecoder.networkOrder(flow.value()));
                case Ancillary.Mark mark -> data.set(JAVA_INT_UNALIGNED, 0, mark.mark());
                case Ancillary.SegmentSize segment ->
                        data.set(JAVA_SHORT_UNALIGNED, 0, (short) segment.size());
                case Ancillary.DepartureTime time -> data.set(JAVA_LONG_UNALIGNED, 0, time.nanos());
                case Ancillary.Unknown unknown ->
                        data.copyFrom(MemorySegment.ofArray(unknown.bytes()));
                // sizeOf has refused these.
                case Ancillary.PidFd _,
                        Ancillary.SecurityLabel _,
                        Ancillary.ReceivedTimestamp _,
                        Ancillary.Timestamps _,
                        Ancillary.ExtendedError _,
                        Ancillary.OriginalDestination _,
                        Ancillary.Drops _,
                        Ancillary.StillQueued _,
                        Ancillary.OfFamily _ ->
                        throw new AssertionError(each);
            }
        }
    }

    /** How many bytes of data one has. */
    private static int sizeOf(Ancillary ancillary) {
        return switch (ancillary) {
            case Ancillary.Rights rights -> Integer.BYTES * rights.holders().size();
            case Ancillary.Credentials _ -> Ucred.SIZEOF;
            case Ancillary.PacketInfo info ->
                    info.level() == IPPROTO_IP ? InPktinfo.SIZEOF : In6Pktinfo.SIZEOF;
            case Ancillary.TimeToLive _,
                    Ancillary.TrafficClass _,
                    Ancillary.FlowInfo _,
                    Ancillary.Mark _ ->
                    Integer.BYTES;
            case Ancillary.SegmentSize segment when segment.sendable() -> Short.BYTES;
            case Ancillary.DepartureTime _ -> Long.BYTES;
            case Ancillary.Unknown unknown -> unknown.bytes().length;
            case Ancillary.SegmentSize _,
                    Ancillary.PidFd _,
                    Ancillary.SecurityLabel _,
                    Ancillary.ReceivedTimestamp _,
                    Ancillary.Timestamps _,
                    Ancillary.ExtendedError _,
                    Ancillary.OriginalDestination _,
                    Ancillary.Drops _,
                    Ancillary.StillQueued _,
                    Ancillary.OfFamily _ ->
                    throw new IllegalArgumentException("can only be received: " + ancillary);
        };
    }

    private static void copy(IpAddress address, MemorySegment data, int offset) {
        byte[] bytes = address.toBytes();
        MemorySegment.copy(bytes, 0, data, JAVA_BYTE, offset, bytes.length);
    }
}
