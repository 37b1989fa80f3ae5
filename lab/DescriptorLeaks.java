// SPDX-License-Identifier: Apache-2.0

import sockeye.AddressFamily;
import sockeye.Ancillary;
import sockeye.AncillaryTruncatedException;
import sockeye.HasDescriptor;
import sockeye.LinuxSocket;
import sockeye.Message;
import sockeye.MessageFlag;
import sockeye.SocketFailure;
import sockeye.SocketType;

import java.io.File;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A million receives of descriptors that are truncated, fail, are peeked at, are thrown away with
 * the bytes, or are whole: afterwards /proc/self/fd holds what it held before.
 *
 * <pre>{@code ./sockeye run lab/DescriptorLeaks.java [ROUNDS]}</pre>
 */
void main(String[] args) throws Exception {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
    var random = RandomGenerator.of("L64X128MixRandom");
    var one = HasDescriptor.borrowed(2);
    var bytes = new ByteBuffer[] {ByteBuffer.allocate(1)};
    long[] seen = new long[5];
    try (var pair = LinuxSocket.socketPair(AddressFamily.AF_UNIX, SocketType.SOCK_DGRAM, 0)) {
        long began = System.nanoTime();
        int before = open();
        for (int round = 0; round < rounds; round++) {
            int sent = 1 + random.nextInt(8);
            var holders = new HasDescriptor[sent];
            Arrays.fill(holders, one);
            bytes[0].clear();
            pair.left().sendMsg(bytes, List.of(Ancillary.Rights.of(holders)), 0);
            int room = random.nextInt(Ancillary.Rights.space(sent) + 1);
            int flags = random.nextInt(4) == 0 ? MessageFlag.MSG_PEEK : 0;
            for (; ; flags = 0) {
                try (Message message = pair.right().recvMsg(1, room, flags)) {
                    seen[message.ancillaryTruncated() ? 0 : 1]++;
                } catch (AncillaryTruncatedException truncated) {
                    seen[2]++;
                }
                if (flags == 0) {
                    break;
                }
                seen[3]++;
            }
            try (Message message = pair.right().recvMsg(1, room, MessageFlag.MSG_DONTWAIT)) {
                throw new AssertionError("nothing was sent: " + message);
            } catch (SocketFailure nothing) {
                seen[4]++;
            }
            if ((round + 1) % 100_000 == 0) {
                IO.println("%,d rounds, %d open".formatted(round + 1, open()));
            }
        }
        int after = open();
        IO.println(
                ("%,d no room, %,d whole, %,d truncated, %,d peeked, %,d failed;"
                                + " %d open before, %d after; %.1f s")
                        .formatted(
                                seen[0],
                                seen[1],
                                seen[2],
                                seen[3],
                                seen[4],
                                before,
                                after,
                                (System.nanoTime() - began) / 1e9));
        System.exit(before == after ? 0 : 1);
    }
}

private static int open() {
    return new File("/proc/self/fd").list().length;
}
