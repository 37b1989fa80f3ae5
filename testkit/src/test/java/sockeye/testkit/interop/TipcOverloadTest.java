// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.AddressFamily.AF_TIPC;
import static sockeye.SocketType.SOCK_RDM;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.ListenSettings;
import sockeye.MessageSocket;
import sockeye.SoOption;
import sockeye.TipcAncillary;
import sockeye.TipcEndpoint;
import sockeye.TipcError;
import sockeye.TipcImportance;
import sockeye.TipcOption;
import sockeye.TipcReturned;
import sockeye.testkit.NoLeaks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A receiver of TIPC that does not keep up: whose messages it refuses first, and what becomes of
 * them.
 */
@Tag("A6-07")
@Tag("lab-kernel")
@ExtendWith({TipcLab.class, NoLeaks.class})
class TipcOverloadTest {
    /** For messages of low importance; doubled for each step above. */
    private static final int ROOM = 64 << 10;

    private static final int LENGTH = 1_000;

    private static MessageSocket receiver(TipcEndpoint name) throws IOException {
        return MessageSocket.bind(
                name, SOCK_RDM, 0, ListenSettings.DEFAULT, SoOption.RCV_BUF.to(ROOM));
    }

    private static ByteBuffer numbered(int number) {
        return ByteBuffer.allocate(LENGTH).putInt(0, number);
    }

    private static int queued(MessageSocket socket) throws IOException {
        return socket.socket().getOption(TipcOption.SOCK_RECVQ_DEPTH);
    }

    /** Sends until one message comes back; how many are queued at the receiver then. */
    private static int fill(MessageSocket sender, MessageSocket receiver, TipcEndpoint to)
            throws IOException {
        int number = queued(receiver);
        while (queued(sender) == 0) {
            sender.sendTo(numbered(number++), to);
        }
        var back = sender.receive(ByteBuffer.allocate(LENGTH), TipcAncillary.SPACE);
        TipcReturned returned = TipcReturned.of(back).orElseThrow();
        assertEquals(TipcError.OVERLOAD, returned.error());
        assertEquals(LENGTH, returned.length());
        assertEquals(number - 1, returned.payload().getInt(0), "the last is the one too many");
        return queued(receiver);
    }

    @Test
    void aFullReceiverReturnsTheLessImportantFirst() throws Exception {
        var service = TipcLab.freshService();
        try (var receiver = receiver(service);
                var sender =
                        MessageSocket.open(
                                AF_TIPC, SOCK_RDM, 0, TipcOption.DEST_DROPPABLE.to(false))) {
            int low = fill(sender, receiver, service);
            assertTrue(low > 10, "too little room for " + low);
            int most = low;
            int factor = 1;
            for (TipcImportance each : TipcImportance.values()) {
                sender.socket().setOption(TipcOption.IMPORTANCE, each);
                most = fill(sender, receiver, service);
                int room = low * factor;
                assertTrue(Math.abs(most - room) <= factor, each + ": " + most + " of " + room);
                factor *= 2;
            }
            // Nothing that was taken is lost, nor out of order.
            for (int i = 0; i < most; i++) {
                var message = receiver.receive(ByteBuffer.allocate(LENGTH), TipcAncillary.SPACE);
                assertEquals(i, message.payload().getInt(0));
            }
            // Who has read has room again, for everybody.
            sender.socket().setOption(TipcOption.IMPORTANCE, TipcImportance.LOW);
            sender.sendTo(numbered(7), service);
            assertEquals(7, receiver.receive(ByteBuffer.allocate(LENGTH)).payload().getInt(0));
        }
    }

    @Test
    void whatMayBeDroppedIsDroppedInSilence() throws Exception {
        var service = TipcLab.freshService();
        try (var receiver = receiver(service);
                var sender = MessageSocket.open(AF_TIPC, SOCK_RDM, 0)) {
            int sent = 0;
            while (queued(receiver) == sent) {
                sender.sendTo(numbered(sent++), service);
            }
            assertEquals(sent - 1, queued(receiver));
            assertEquals(0, queued(sender), "nothing came back");
            // The one that follows arrives, and says that one is missing between.
            receiver.receive(ByteBuffer.allocate(LENGTH));
            sender.sendTo(numbered(sent), service);
            int last = -1;
            for (int i = queued(receiver); i > 0; i--) {
                var message = receiver.receive(ByteBuffer.allocate(LENGTH), TipcAncillary.SPACE);
                assertEquals(Optional.empty(), TipcReturned.of(message));
                last = message.payload().getInt(0);
            }
            assertEquals(sent, last);
        }
    }
}
