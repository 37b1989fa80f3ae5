// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.NetlinkProtocol.NETLINK_CONNECTOR;

import sockeye.Deadline;
import sockeye.LinuxSocket;
import sockeye.NetlinkEndpoint;
import sockeye.OptionSetting;
import sockeye.ReportedFailure;
import sockeye.netlink.ProcessEventDecoder.CnMsg;
import sockeye.netlink.Wire.Nlmsghdr;

import java.io.IOException;
import java.io.Serial;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Hears what happens to all processes of the machine: forks, programs run, ends, …
 *
 * <pre>{@code
 * try (var events = ProcessEventSocket.open()) {
 *     while (true) {
 *         if (events.receive().event() instanceof ProcessEvent.Exec exec) {
 *             IO.println(exec.process() + " runs another program");
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>Needs CAP_NET_ADMIN, EPERM without, and the first network namespace, ECONNREFUSED in another.
 * In a pid or user namespace other than the first the kernel tells nothing, and does not say so.
 * Losses are told as {@link NotificationSocket} tells them; one thread receives at a time, and a
 * deadline, an interrupt and close work as there.
 *
 * <p>The process connector (CONFIG_PROC_EVENTS), {@code linux/cn_proc.h}.
 */
public final class ProcessEventSocket implements AutoCloseable {
    private static final int PROC_CN_MCAST_LISTEN = 1;
    private static final int PROC_CN_MCAST_IGNORE = 2;

    private final NotificationSocket events;
    private final int sequence = ThreadLocalRandom.current().nextInt();

    /** Events of a datagram that are not returned yet. */
    private final Deque<ProcessReport> heard = new ArrayDeque<>(); // guarded by itself

    private ProcessEventSocket(NotificationSocket events) {
        this.events = events;
    }

    /**
     * Begins to listen.
     *
     * @throws IOException EPERM without CAP_NET_ADMIN; ECONNREFUSED in a network namespace other
     *     than the first; EPROTONOSUPPORT if the kernel has no connector
     */
    public static ProcessEventSocket open(OptionSetting<?>... settings) throws IOException {
        NotificationSocket events = NotificationSocket.open(NETLINK_CONNECTOR, settings);
        boolean done = false;
        try {
            events.join(ProcessEventDecoder.CN_IDX_PROC);
            ProcessEventSocket made = new ProcessEventSocket(events);
            made.ask(PROC_CN_MCAST_LISTEN);
            done = true;
            return made;
        } finally {
            if (!done) {
                events.close();
            }
        }
    }

    private void ask(int operation) throws IOException {
        byte[] bytes = new byte[Nlmsghdr.SIZEOF + CnMsg.SIZEOF + Integer.BYTES];
        Wire.put32(bytes, Nlmsghdr.nlmsg_len, bytes.length);
        Wire.put16(bytes, Nlmsghdr.nlmsg_type, NetlinkMessage.NLMSG_DONE);
        Wire.put32(bytes, Nlmsghdr.SIZEOF + CnMsg.id_idx, ProcessEventDecoder.CN_IDX_PROC);
        Wire.put32(bytes, Nlmsghdr.SIZEOF + CnMsg.id_val, ProcessEventDecoder.CN_VAL_PROC);
        Wire.put32(bytes, Nlmsghdr.SIZEOF + CnMsg.seq, sequence);
        Wire.put16(bytes, Nlmsghdr.SIZEOF + CnMsg.len, Integer.BYTES);
        Wire.put32(bytes, Nlmsghdr.SIZEOF + CnMsg.SIZEOF, operation);
        socket().sendTo(ByteBuffer.wrap(bytes), NetlinkEndpoint.KERNEL, 0);
    }

    /**
     * Waits for the next event.
     *
     * @throws NetlinkOverrunException if events were lost before the next
     * @throws NetlinkDecodeException if what came is no event; it is gone then
     * @throws IOException EPERM if the kernel refused to tell
     */
    public ProcessReport receive() throws IOException {
        while (true) {
            synchronized (heard) {
                ProcessReport report = heard.poll();
                if (report != null) {
                    return report;
                }
            }
            events.receive(this::hear);
        }
    }

    private void hear(NetlinkMessage message) throws IOException {
        ProcessEventDecoder.Decoded decoded = message.decode(ProcessEventDecoder::decode);
        if (decoded == null) {
            return;
        }
        if (decoded.report() != null) {
            synchronized (heard) {
                heard.add(decoded.report());
            }
        } else if (decoded.sequence() == sequence && decoded.errno() != 0) {
            // Others' requests are answered to all; the number says whose it was.
            throw new ProcessEventsRefused(Math.abs(decoded.errno()));
        }
    }

    private static final class ProcessEventsRefused extends ReportedFailure {
        @Serial private static final long serialVersionUID = 1;

        ProcessEventsRefused(int errno) {
            super("PROC_CN_MCAST_LISTEN", "netlink:connector", errno, null);
        }
    }

    /** Sets the time by which a receive has to be done; as {@link NetlinkSocket#deadline}. */
    public void deadline(Deadline deadline) {
        events.deadline(deadline);
    }

    /** The BSD socket below, for its options. */
    public LinuxSocket socket() {
        return events.socket();
    }

    /** Tells the kernel to stop, closes the socket, and wakes who waits. */
    @Override
    public void close() throws IOException {
        try (events) {
            if (events.isOpen()) {
                // Kernels before 6.6 would go on for nobody.
                ask(PROC_CN_MCAST_IGNORE);
            }
        }
    }
}
