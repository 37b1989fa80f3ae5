// SPDX-License-Identifier: Apache-2.0
package sockeye.lab;

import sockeye.AddressFamily;
import sockeye.Ancillary;
import sockeye.InetEndpoint;
import sockeye.MessageBatch;
import sockeye.MessageSocket;
import sockeye.SoOption;
import sockeye.UdpOption;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;

/**
 * What a UDP datagram costs to send and to receive over loopback, in CPU time of the one thread
 * that does both: one by one, in batches, and with UDP_SEGMENT and UDP_GRO.
 *
 * <pre>DatagramCost [SECONDS-EACH]</pre>
 */
public final class DatagramCost {
    private static final int SIZE = 64;
    private static final int SEGMENTS = 64;
    private static final int BATCH = 16;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private DatagramCost() {}

    public static void main(String[] args) throws Exception {
        double seconds = args.length > 0 ? Double.parseDouble(args[0]) : 2;
        for (var way : Way.values()) {
            measure(way, seconds);
        }
    }

    private enum Way {
        ONE_BY_ONE(1, 1, false),
        BATCHES(BATCH, 1, false),
        GSO_AND_BATCHES(BATCH, SEGMENTS, false),
        GSO_AND_GRO(BATCH, SEGMENTS, true);

        final int batch;
        final int segments;
        final boolean gro;

        Way(int batch, int segments, boolean gro) {
            this.batch = batch;
            this.segments = segments;
            this.gro = gro;
        }
    }

    private static void measure(Way way, double seconds) throws Exception {
        try (var in =
                        MessageSocket.bind(
                                InetEndpoint.loopback(0),
                                SoOption.RCV_BUF.to(8 << 20),
                                UdpOption.GRO.to(way.gro));
                var out = MessageSocket.connect(in.socket().getSockName())) {
            var payload = ByteBuffer.allocateDirect(way.segments * SIZE);
            // Without GRO every segment arrives as a datagram of its own.
            int rooms = way.gro ? way.batch : way.batch * way.segments;
            var sent = new MessageBatch(way.batch, payload.capacity());
            var got =
                    new MessageBatch(
                            rooms,
                            way.gro ? payload.capacity() : SIZE,
                            way.gro ? Ancillary.space(Integer.BYTES) : 0);
            long each = (long) (seconds * 1e9 / 4);
            double best = Double.MAX_VALUE;
            for (int round = 0; round < 5; round++) {
                long until = System.nanoTime() + each;
                long began = THREADS.getCurrentThreadCpuTime();
                long datagrams = 0;
                do {
                    datagrams += exchange(way, in, out, payload, sent, got);
                } while (System.nanoTime() < until);
                double cost = (double) (THREADS.getCurrentThreadCpuTime() - began) / datagrams;
                if (round > 0) {
                    best = Math.min(best, cost);
                }
            }
            System.out.printf(
                    "%-16s %7.0f ns per datagram of %d B, sent and received%n",
                    way.name().toLowerCase().replace('_', ' '), best, SIZE);
        }
    }

    private static long exchange(
            Way way,
            MessageSocket in,
            MessageSocket out,
            ByteBuffer payload,
            MessageBatch sent,
            MessageBatch got)
            throws Exception {
        sent.clear();
        for (int i = 0; i < way.batch; i++) {
            sent.add(payload.clear(), null, AddressFamily.AF_INET, way.segments > 1 ? SIZE : 0);
        }
        out.send(sent);
        int wanted = way.batch * way.segments;
        int datagrams = 0;
        while (datagrams < wanted) {
            int count = in.receive(got);
            for (int i = 0; i < count; i++) {
                int segment = got.segmentSize(i);
                datagrams += segment == 0 ? 1 : (got.length(i) + segment - 1) / segment;
            }
        }
        return datagrams;
    }
}
