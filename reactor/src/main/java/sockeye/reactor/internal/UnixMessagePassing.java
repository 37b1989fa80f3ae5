// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Ancillary;
import sockeye.AncillaryTruncatedException;
import sockeye.Endpoint;
import sockeye.HasDescriptor;
import sockeye.Message;
import sockeye.reactor.MessagePassing;
import sockeye.reactor.MessageProtocol;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** What a socket of messages of AF_UNIX knows of descriptors; made when somebody asks for it. */
final class UnixMessagePassing implements MessagePassing {
    private static final int MOST = Ancillary.Rights.MAX_DESCRIPTORS;

    private final MessageConnection connection;
    private @Nullable Receiver receiver;
    private int most;

    UnixMessagePassing(MessageConnection connection) {
        this.connection = connection;
    }

    /** How many are taken with a message. */
    int most() {
        return most;
    }

    private @Nullable Passing duplicates(HasDescriptor... descriptors) throws IOException {
        connection.loop.check();
        if (descriptors.length > MOST) {
            throw new IllegalArgumentException(
                    "%d descriptors, not at most %d".formatted(descriptors.length, MOST));
        }
        return descriptors.length == 0 ? null : Passing.of(descriptors);
    }

    @Override
    public void send(ByteBuffer message, HasDescriptor... descriptors) throws IOException {
        connection.send(message, null, duplicates(descriptors));
    }

    @Override
    public void send(ByteBuffer message, Endpoint peer, HasDescriptor... descriptors)
            throws IOException {
        connection.send(message, peer, duplicates(descriptors));
    }

    @Override
    public void reply(ByteBuffer message, HasDescriptor... descriptors) throws IOException {
        connection.reply(message, duplicates(descriptors));
    }

    @Override
    public void receive(int most, Receiver receiver) {
        connection.loop.check();
        if (most < 0 || most > MOST) {
            throw new IllegalArgumentException("0 to %d, not %d".formatted(MOST, most));
        }
        this.most = most;
        this.receiver = receiver;
        connection.soon();
    }

    /** Tells of what came with a message, before that is shown; it is not if some was cut off. */
    void deliver(Chunk chunk, Passing came, MessageProtocol protocol) throws Exception {
        Receiver told = receiver;
        if (came.isCut()) {
            var payload = ByteBuffer.allocate(chunk.length()).put(chunk.show()).flip();
            List<Ancillary> rights = List.of(new Ancillary.Rights(came.take()));
            Endpoint sender = connection.sender();
            protocol.failed(
                    connection,
                    new AncillaryTruncatedException(
                            new Message(payload, sender, rights, chunk.flags, payload.limit())));
        } else if (told == null) {
            came.close();
        } else {
            told.passed(connection, came.take());
        }
    }
}
