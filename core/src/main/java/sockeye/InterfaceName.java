// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A network interface by index and name: if_nameindex(3), if_nametoindex(3), if_indextoname(3), in
 * the network namespace of the moment ({@link NetworkNamespace#call}). What more there is to know
 * of an interface, rtnetlink(7) tells.
 *
 * @param index 1 or more
 * @param name 1 to 15 bytes
 */
public record InterfaceName(int index, String name) {
    private static final int AF_NETLINK = 16;
    private static final int NLM_F_REQUEST = 0x1;
    private static final int NLM_F_DUMP = 0x300;
    private static final int NLMSG_ERROR = 2;
    private static final int NLMSG_DONE = 3;
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_GETLINK = 18;
    private static final int IFLA_IFNAME = 3;
    private static final int HEADER_BYTES = 16;
    private static final int LINK_BYTES = 16;

    private static final long SIOCGIFNAME = 0x8910;
    private static final long SIOCGIFINDEX = 0x8933;
    private static final int IFNAMSIZ = 16;
    private static final int IFREQ_BYTES = 40;

    private static final int DATAGRAM_BYTES = 256 << 10;

    /**
     * All interfaces, by index: a dump of RTM_GETLINK.
     *
     * @throws IOException if the kernel refuses
     */
    public static List<InterfaceName> all() throws IOException {
        try (LinuxSocket route = LinuxSocket.socket(AF_NETLINK, SocketType.SOCK_RAW, 0)) {
            ByteBuffer request = ByteBuffer.allocate(HEADER_BYTES + LINK_BYTES);
            request.order(ByteOrder.nativeOrder());
            request.putInt(request.capacity()).putShort((short) RTM_GETLINK);
            request.putShort((short) (NLM_F_REQUEST | NLM_F_DUMP)).putInt(1);
            route.send(request.array(), 0, request.capacity(), 0);
            List<InterfaceName> found = new ArrayList<>();
            byte[] room = new byte[DATAGRAM_BYTES];
            boolean more = true;
            while (more) {
                int length = route.recvInto(room, 0, room.length, 0);
                ByteBuffer answer = ByteBuffer.wrap(room, 0, length);
                more = read(answer.order(ByteOrder.nativeOrder()), found);
            }
            found.sort(Comparator.comparingInt(InterfaceName::index));
            return List.copyOf(found);
        } catch (BufferUnderflowException | IllegalArgumentException malformed) {
            throw new IOException("malformed answer of rtnetlink", malformed);
        }
    }

    /** Reads the messages of one datagram; whether more datagrams follow. */
    private static boolean read(ByteBuffer answer, List<InterfaceName> found) throws IOException {
        while (answer.remaining() >= HEADER_BYTES) {
            int start = answer.position();
            int length = answer.getInt();
            int type = answer.getShort() & 0xFFFF;
            if (length < HEADER_BYTES || length > answer.limit() - start) {
                throw new IOException("malformed answer of rtnetlink");
            }
            ByteBuffer body = answer.slice(start + HEADER_BYTES, length - HEADER_BYTES);
            body.order(ByteOrder.nativeOrder());
            switch (type) {
                case NLMSG_DONE -> {
                    return false;
                }
                case NLMSG_ERROR -> {
                    int errno = -body.getInt();
                    throw ErrnoFailure.of("RTM_GETLINK", errno, null, null, null, 0);
                }
                case RTM_NEWLINK -> link(body, found);
                default -> {}
            }
            answer.position(Math.min(answer.limit(), start + (length + 3 & ~3)));
        }
        return true;
    }

    /** struct ifinfomsg, whose third member is the index, and attributes. */
    private static void link(ByteBuffer body, List<InterfaceName> found) {
        int index = body.getInt(4);
        body.position(LINK_BYTES);
        while (body.remaining() >= 4) {
            int start = body.position();
            int length = body.getShort() & 0xFFFF;
            int type = body.getShort() & 0xFFFF;
            if (length < 4) {
                return;
            }
            if (type == IFLA_IFNAME) {
                byte[] name = new byte[length - 4];
                body.get(name);
                found.add(new InterfaceName(index, text(name, 0)));
                return;
            }
            body.position(Math.min(body.limit(), start + (length + 3 & ~3)));
        }
    }

    /**
     * The index of an interface; ioctl(2), SIOCGIFINDEX.
     *
     * @throws IOException ENODEV if there is none of that name
     */
    public static int indexOf(String name) throws IOException {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length >= IFNAMSIZ || name.indexOf('\0') >= 0) {
            int errno = Errno.ENODEV.number();
            throw ErrnoFailure.of("ioctl SIOCGIFINDEX", errno, Percent.quote(name), null, null, 0);
        }
        byte[] request = new byte[IFREQ_BYTES];
        System.arraycopy(bytes, 0, request, 0, bytes.length);
        try (LinuxSocket any = LinuxSocket.socket(AddressFamily.AF_UNIX, SocketType.SOCK_DGRAM)) {
            any.ioctl(SIOCGIFINDEX, request);
        }
        return ByteBuffer.wrap(request).order(ByteOrder.nativeOrder()).getInt(IFNAMSIZ);
    }

    /**
     * The name of an interface; ioctl(2), SIOCGIFNAME.
     *
     * @throws IOException ENODEV if there is none of that index
     */
    public static String nameOf(int index) throws IOException {
        byte[] request = new byte[IFREQ_BYTES];
        ByteBuffer.wrap(request).order(ByteOrder.nativeOrder()).putInt(IFNAMSIZ, index);
        try (LinuxSocket any = LinuxSocket.socket(AddressFamily.AF_UNIX, SocketType.SOCK_DGRAM)) {
            any.ioctl(SIOCGIFNAME, request);
        }
        return text(request, 0);
    }

    private static String text(byte[] bytes, int from) {
        int end = from;
        while (end < bytes.length && end < from + IFNAMSIZ && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, from, end - from, StandardCharsets.UTF_8);
    }
}
