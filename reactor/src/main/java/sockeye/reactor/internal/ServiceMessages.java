// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.ErrnoFailure;
import sockeye.PeerCredentials;
import sockeye.reactor.HostObserver;
import sockeye.reactor.HostSettings;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.wire.AccessRules;
import sockeye.wire.AnswerRules.Refusal;
import sockeye.wire.MessageService;
import sockeye.wire.Output;
import sockeye.wire.PeerFacts;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * Answers messages by a service of {@code sockeye.wire}: the datagrams of a socket, or the records
 * of one connection.
 */
public final class ServiceMessages implements MessageProtocol {
    private final MessageService service;
    private final HostSettings settings;
    private final HostObserver observer;
    private final AccessRules access;

    /** Of the socket that was served last: nearly always there is but one. */
    private @Nullable Facts facts;

    private @Nullable AnswerDesk desk;
    private long received;
    private long receivedBytes;
    private long answeredBytes;
    private long truncated;
    private long denied;
    private long undelivered;

    /** Of whom the present message is; asked only during the call. */
    private final class Facts implements PeerFacts {
        private final MessageConnection transport;
        private int question;

        Facts(MessageConnection transport) {
            this.transport = transport;
        }

        @Override
        public @Nullable Endpoint peer() {
            return transport.sender();
        }

        @Override
        public @Nullable Endpoint local() {
            return transport.isConnection() ? transport.local() : transport.receiver();
        }

        @Override
        public @Nullable PeerCredentials credentials() {
            return transport.isConnection()
                    ? TransportFacts.credentialsOf(transport)
                    : transport.credentials();
        }

        @Override
        public int answerRoom() {
            return transport.isConnection()
                    ? Integer.MAX_VALUE
                    : desk(transport).room(transport, question);
        }
    }

    /** Answers by this service, as {@link HostSettings#DEFAULT} has it. */
    public ServiceMessages(MessageService service) {
        this(service, HostSettings.DEFAULT);
    }

    /** Answers by this service. */
    ServiceMessages(MessageService service, HostSettings settings) {
        this.service = service;
        this.settings = settings;
        this.observer = settings.observer();
        this.access = settings.access();
    }

    @Override
    public void opened(MessageTransport transport) {
        if (!transport.isConnection()) {
            MessageConnection connection = (MessageConnection) transport;
            connection.losePatience();
            if (service.asksCredentials() || access.hasUsers()) {
                connection.askCredentials();
            }
        }
    }

    @Override
    public void received(MessageTransport transport, ByteBuffer message) throws IOException {
        MessageConnection connection = (MessageConnection) transport;
        received++;
        receivedBytes += message.remaining();
        boolean tooLong = transport.isTruncated() || message.remaining() > settings.maxMessage();
        if (transport.isConnection()) {
            if (tooLong) {
                throw new IOException(
                        "a record is longer than " + settings.maxMessage() + " bytes");
            }
            answer(connection, message);
        } else if (tooLong) {
            truncated++;
        } else if (!access.isEmpty() && !isAllowed(connection)) {
            denied++;
        } else {
            try {
                answer(connection, message);
            } catch (RuntimeException | Error thrown) {
                ServiceProtocol.Turn.of(connection.loop).output.clear();
                observer.requestFailed(transport.sender(), thrown);
            }
        }
    }

    private boolean isAllowed(MessageConnection transport) {
        if (!access.allows(transport.sender())) {
            return false;
        }
        PeerCredentials sender = access.hasUsers() ? transport.credentials() : null;
        return sender == null || access.allowsUid(sender.uid());
    }

    private void answer(MessageConnection transport, ByteBuffer message) {
        ServiceProtocol.Turn turn = ServiceProtocol.Turn.of(transport.loop);
        Output output = turn.output;
        Facts about = facts(transport);
        int question = message.remaining();
        about.question = question;
        service.received(message, about, turn, output);
        if (output.answered()) {
            reply(transport, output, question);
        }
        Output.Ending ending = output.ending();
        output.clear();
        if (ending == Output.Ending.CLOSE && transport.isConnection()) {
            transport.close();
        }
    }

    private Facts facts(MessageConnection transport) {
        Facts last = facts;
        if (last == null || !last.transport.equals(transport)) {
            last = new Facts(transport);
            facts = last;
        }
        return last;
    }

    private AnswerDesk desk(MessageConnection transport) {
        AnswerDesk present = desk;
        if (present == null) {
            present =
                    new AnswerDesk(
                            settings.answers(),
                            settings.admission().grouping(),
                            observer,
                            transport.loop.nanos());
            desk = present;
        }
        return present;
    }

    private void reply(MessageConnection transport, Output output, int question) {
        ByteBuffer collected = output.collected();
        ByteBuffer passed = output.passed();
        int length = collected.remaining() + (passed == null ? 0 : passed.remaining());
        if (!transport.isConnection()) {
            if (length > MessageConnection.LONGEST) {
                undelivered++;
                return;
            }
            if (!desk(transport).admits(transport, length, question)) {
                return;
            }
        }
        answeredBytes += length;
        if (passed == null) {
            transport.reply(collected);
        } else if (!collected.hasRemaining()) {
            transport.reply(passed);
        } else {
            transport.reply(ByteBuffer.allocate(length).put(collected).put(passed).flip());
        }
    }

    /** Who takes no answers asks no more questions. */
    @Override
    public void writable(MessageTransport transport, boolean writable) {
        if (writable) {
            transport.resume();
        } else {
            transport.pause();
        }
    }

    @Override
    public void failed(MessageTransport transport, IOException why) {
        if (why instanceof ErrnoFailure failure && failure.operation().equals("send")) {
            undelivered++;
        }
    }

    long received() {
        return received;
    }

    long receivedBytes() {
        return receivedBytes;
    }

    long answeredBytes() {
        return answeredBytes;
    }

    long truncated() {
        return truncated;
    }

    long denied() {
        return denied;
    }

    long undelivered() {
        return undelivered;
    }

    Map<Refusal, Long> refused() {
        AnswerDesk present = desk;
        return present == null ? Map.of() : present.refused();
    }
}
