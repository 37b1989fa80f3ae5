// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.AddressFamily.AF_NETLINK;
import static sockeye.NetlinkProtocol.NETLINK_KOBJECT_UEVENT;

import sockeye.Ancillary;
import sockeye.Deadline;
import sockeye.LinuxSocket;
import sockeye.Message;
import sockeye.NetlinkEndpoint;
import sockeye.OptionSetting;
import sockeye.SoOption;
import sockeye.SocketType;

import java.io.IOException;

/**
 * Hears what happens to devices: {@code udevadm monitor} as a class.
 *
 * <pre>{@code
 * try (var events = UeventSocket.open()) {
 *     while (true) {
 *         Uevent event = events.receive();
 *         IO.println(event.action() + " " + event.devpath());
 *     }
 * }
 * }</pre>
 *
 * <p><b>What is believed.</b> The kernel's events, which come from port 0; and udev's, if they were
 * asked for, from processes of root alone, whose credentials the kernel vouches for. All else is
 * passed over. Root is user 0 of this user namespace; what other namespaces' root sends has another
 * number.
 *
 * <p>Events of network devices are heard in the network namespace of the device, others in the
 * first one and in those of the same owner. Losses are told as {@link NotificationSocket} tells
 * them; there is nothing to dump, {@code /sys} has the present state. One thread receives at a
 * time, and a deadline, an interrupt and close work as there.
 */
public final class UeventSocket implements AutoCloseable {
    private static final int KERNEL_GROUP = 1;
    private static final int UDEV_GROUP = 2;
    private static final int ROOM = Ancillary.space(12);

    private final LinuxSocket socket;
    private final Turns turns = new Turns("netlink:kobject-uevent");
    private final ReceiveBuffer buffer;

    private UeventSocket(LinuxSocket socket) {
        this.socket = socket;
        this.buffer = new ReceiveBuffer(socket, "netlink:kobject-uevent");
    }

    /** Hears the kernel's events. No privilege is needed. */
    public static UeventSocket open(OptionSetting<?>... settings) throws IOException {
        return open(KERNEL_GROUP, settings);
    }

    /**
     * Hears udev's, each after the kernel's and with what its rules have added; there are none
     * where no udev runs.
     */
    public static UeventSocket openUdev(OptionSetting<?>... settings) throws IOException {
        return open(UDEV_GROUP, settings);
    }

    private static UeventSocket open(int group, OptionSetting<?>... settings) throws IOException {
        LinuxSocket socket =
                LinuxSocket.socket(AF_NETLINK, SocketType.SOCK_RAW, NETLINK_KOBJECT_UEVENT);
        boolean done = false;
        try {
            socket.apply(settings);
            socket.setOption(SoOption.PASS_CRED, true);
            socket.bind(NetlinkEndpoint.ofGroups(group));
            done = true;
            return new UeventSocket(socket);
        } finally {
            if (!done) {
                socket.close();
            }
        }
    }

    /**
     * Waits for the next event.
     *
     * @throws NetlinkOverrunException if events were lost before the next
     * @throws NetlinkDecodeException if what came is no event; it is gone then
     */
    public Uevent receive() throws IOException {
        turns.take();
        try {
            while (true) {
                Message message = buffer.receiveAny(ROOM, Uevent.MOST_BYTES);
                if (isBelieved(message)) {
                    return Uevent.decode(buffer.array(), message.length());
                }
            }
        } catch (NetlinkOverrunException lost) {
            buffer.drainOverrun();
            throw lost;
        } finally {
            turns.pass();
        }
    }

    private static boolean isBelieved(Message message) {
        if (!(message.peer() instanceof NetlinkEndpoint from) || message.truncated()) {
            return false;
        }
        boolean kernels = from.isKernel() && from.groups() == 1L << (KERNEL_GROUP - 1);
        boolean udevs = from.groups() == 1L << (UDEV_GROUP - 1);
        return kernels
                || (udevs
                        && message.find(Ancillary.Credentials.class)
                                .filter(sender -> sender.uid() == 0)
                                .isPresent());
    }

    /** Sets the time by which a receive has to be done; as {@link NetlinkSocket#deadline}. */
    public void deadline(Deadline deadline) {
        turns.deadline(deadline);
        socket.readDeadline(deadline);
    }

    /** The BSD socket below, for its options. */
    public LinuxSocket socket() {
        return socket;
    }

    /** Closes the socket, and wakes who waits. */
    @Override
    public void close() throws IOException {
        turns.close();
        socket.close();
    }
}
