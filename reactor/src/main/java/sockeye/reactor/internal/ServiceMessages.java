// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.wire.MessageService;
import sockeye.wire.Output;
import sockeye.wire.PeerFacts;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Answers messages by a service of {@code sockeye.wire}. */
public final class ServiceMessages implements MessageProtocol {
    private final MessageService service;

    /** Of whom the present message is; asked only during the call. */
    private static final class Facts implements PeerFacts {
        private final MessageTransport transport;

        Facts(MessageTransport transport) {
            this.transport = transport;
        }

        @Override
        public @Nullable Endpoint peer() {
            return transport.sender();
        }

        @Override
        public @Nullable Endpoint local() {
            return transport.local();
        }
    }

    /** Of the socket that was served last: nearly always there is but one. */
    private @Nullable Facts facts;

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
        service.received(message, facts(transport), turn, output);
        if (output.answered()) {
            reply(transport, output);
        }
        Output.Ending ending = output.ending();
        output.clear();
        if (ending == Output.Ending.CLOSE && transport.isConnection()) {
            transport.close();
        }
    }

    private Facts facts(MessageTransport transport) {
        Facts last = facts;
        if (last == null || !last.transport.equals(transport)) {
            last = new Facts(transport);
            facts = last;
        }
        return last;
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
