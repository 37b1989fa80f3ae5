// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.wire.MessageService;
import sockeye.wire.Output;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Answers messages by a service of {@code sockeye.wire}. */
public final class ServiceMessages implements MessageProtocol {
    private final MessageService service;

    /** Answers by this service. */
    public ServiceMessages(MessageService service) {
        this.service = service;
    }

    @Override
    public void received(MessageTransport transport, ByteBuffer message) throws IOException {
        if (transport.isTruncated()) {
            if (transport.isConnection()) {
                throw new IOException("a record is longer than " + message.remaining() + " bytes");
            }
            return;
        }
        ServiceProtocol.Turn turn = ServiceProtocol.Turn.of((Loop) transport.reactor());
        Output output = turn.output;
        service.received(message, turn, output);
        if (output.answered()) {
            reply(transport, output);
        }
        Output.Ending ending = output.ending();
        output.clear();
        if (ending == Output.Ending.CLOSE && transport.isConnection()) {
            transport.close();
        }
    }

    private static void reply(MessageTransport transport, Output output) {
        ByteBuffer collected = output.collected();
        ByteBuffer passed = output.passed();
        if (passed == null) {
            transport.reply(collected);
        } else if (!collected.hasRemaining()) {
            transport.reply(passed);
        } else {
            int length = collected.remaining() + passed.remaining();
            transport.reply(ByteBuffer.allocate(length).put(collected).put(passed).flip());
        }
    }
}
