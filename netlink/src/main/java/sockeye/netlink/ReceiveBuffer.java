// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.MessageFlag.MSG_DONTWAIT;
import static sockeye.MessageFlag.MSG_PEEK;
import static sockeye.MessageFlag.MSG_TRUNC;

import sockeye.Errno;
import sockeye.LinuxSocket;
import sockeye.Message;
import sockeye.NetlinkEndpoint;
import sockeye.OptionSetting;
import sockeye.SoOption;
import sockeye.SocketFailure;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** Where a socket's datagrams are received, each as long as the kernel says it is. */
final class ReceiveBuffer {
    /**
     * What the kernel cuts dumps to if the receiver has room for it, and enough for nearly any
     * other message.
     */
    private static final int PAGE = 32 << 10;

    /** Longer than anything the kernel makes; a datagram of this length is not believed. */
    private static final int MOST = 64 << 20;

    /** Less than what the kernel counts for the smallest datagram. */
    private static final int LEAST_DATAGRAM = 256;

    private static final ByteBuffer[] NOTHING = {};

    private final LinuxSocket socket;
    private final String name;
    private ByteBuffer buffer = ByteBuffer.allocate(PAGE);

    ReceiveBuffer(LinuxSocket socket, String name) {
        this.socket = socket;
        this.name = name;
    }

    /** Sets an option unless the kernel is too old for it. */
    static void applyIfKnown(LinuxSocket socket, OptionSetting<?> setting) throws IOException {
        try {
            socket.apply(setting);
        } catch (SocketFailure unknown) {
            if (!unknown.errno().equals(Errno.ENOPROTOOPT)) {
                throw unknown;
            }
        }
    }

    /** Waits for a datagram of the kernel's, and returns the messages in it. */
    List<NetlinkMessage> receive() throws IOException {
        while (true) {
            Message message = receiveAny(0, MOST);
            if (message.peer() instanceof NetlinkEndpoint from && from.isKernel()) {
                if (message.truncated()) {
                    throw new IOException(
                            "%s: a datagram of more than %d bytes".formatted(name, MOST));
                }
                return NetlinkMessage.split(buffer.array(), message.length());
            }
        }
    }

    /**
     * Waits for a datagram, whoever sent it, and receives it into {@link #array}.
     *
     * @param ancillary room for what comes beside it
     * @param most how long it may be; of a longer one this much is received, and it is truncated
     * @throws NetlinkOverrunException if the kernel says that some were lost
     */
    Message receiveAny(int ancillary, int most) throws IOException {
        while (true) {
            try {
                Message next = socket.recvMsgInto(NOTHING, 0, MSG_PEEK | MSG_TRUNC);
                if (next.length() > buffer.capacity()) {
                    buffer = ByteBuffer.allocate(Math.min(next.length(), most));
                }
                buffer.clear().limit(Math.min(buffer.capacity(), most));
                return socket.recvMsgInto(new ByteBuffer[] {buffer}, ancillary, MSG_DONTWAIT);
            } catch (SocketFailure failure) {
                if (failure.errno().equals(Errno.ENOBUFS)) {
                    throw overrun(failure);
                }
                // Another thread, of a descriptor that is shared, took it.
                if (!failure.errno().equals(Errno.EAGAIN)) {
                    throw failure;
                }
            }
        }
    }

    /**
     * Whether something has come; does not wait.
     *
     * @throws NetlinkOverrunException as {@link #receiveAny}
     */
    boolean hasMore() throws IOException {
        try {
            socket.recvMsgInto(NOTHING, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
            return true;
        } catch (SocketFailure failure) {
            if (failure.errno().equals(Errno.EAGAIN)) {
                return false;
            }
            throw failure.errno().equals(Errno.ENOBUFS) ? overrun(failure) : failure;
        }
    }

    private NetlinkOverrunException overrun(SocketFailure failure) {
        NetlinkOverrunException lost = new NetlinkOverrunException(name);
        lost.initCause(failure);
        return lost;
    }

    /** What was received last, from index 0. */
    byte[] array() {
        return buffer.array();
    }

    /**
     * Throws away what has come and, since receiving goes on with it, what is left of a dump; ends
     * when there is nothing.
     */
    void drain() throws IOException {
        boolean more = true;
        while (more) {
            try {
                socket.recvMsgInto(NOTHING, 0, MSG_DONTWAIT);
            } catch (SocketFailure end) {
                if (!end.errno().equals(Errno.EAGAIN) && !end.errno().equals(Errno.ENOBUFS)) {
                    throw end;
                }
                more = end.errno().equals(Errno.ENOBUFS);
            }
        }
    }

    /**
     * Throws away what was there when the buffer overran. While any of that is left the kernel adds
     * nothing, so at most so many datagrams are; a flood that goes on does not hold this up.
     */
    void drainOverrun() throws IOException {
        int left = socket.getOption(SoOption.RCV_BUF) / LEAST_DATAGRAM + 1;
        try {
            while (left-- > 0) {
                socket.recvMsgInto(NOTHING, 0, MSG_DONTWAIT);
            }
        } catch (SocketFailure end) {
            if (!end.errno().equals(Errno.EAGAIN) && !end.errno().equals(Errno.ENOBUFS)) {
                throw end;
            }
        }
    }
}
