// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.MessageFlag.MSG_DONTWAIT;
import static sockeye.MessageFlag.MSG_PEEK;
import static sockeye.MessageFlag.MSG_TRUNC;

import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.LinuxSocket;
import sockeye.Message;
import sockeye.NetlinkEndpoint;
import sockeye.OptionSetting;
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

    private final LinuxSocket socket;
    private final String name;
    private ByteBuffer buffer = ByteBuffer.allocate(PAGE);
    private static final ByteBuffer[] NOTHING = {};

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
            try {
                Message next = socket.recvMsgInto(NOTHING, 0, MSG_PEEK | MSG_TRUNC);
                if (next.length() > buffer.capacity()) {
                    if (next.length() > MOST) {
                        throw new IOException(name + ": a datagram of " + next.length() + " bytes");
                    }
                    buffer = ByteBuffer.allocate(next.length());
                }
                Message message =
                        socket.recvMsgInto(new ByteBuffer[] {buffer.clear()}, 0, MSG_DONTWAIT);
                boolean kernels = message.peer() instanceof NetlinkEndpoint from && from.isKernel();
                if (kernels && !message.truncated()) {
                    return NetlinkMessage.split(buffer.array(), buffer.position());
                }
            } catch (SocketFailure failure) {
                if (failure.errno().equals(Errno.ENOBUFS)) {
                    NetlinkOverrunException lost = new NetlinkOverrunException(name);
                    lost.initCause(failure);
                    throw lost;
                }
                // Another thread, of a descriptor that is shared, took it.
                if (!failure.errno().equals(Errno.EAGAIN)) {
                    throw failure;
                }
            }
        }
    }

    /** Throws away what has come and, since receiving goes on with it, what is left of a dump. */
    void drain() throws IOException {
        while (true) {
            try {
                socket.recvMsgInto(NOTHING, 0, MSG_DONTWAIT);
            } catch (IOException end) {
                if (!(end instanceof ErrnoFailure failure)) {
                    throw end;
                }
                if (failure.errno().equals(Errno.EAGAIN)) {
                    return;
                }
                if (!failure.errno().equals(Errno.ENOBUFS)) {
                    throw end;
                }
            }
        }
    }
}
