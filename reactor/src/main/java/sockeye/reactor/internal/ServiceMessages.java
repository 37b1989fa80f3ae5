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
        private final MessageTransport transport;
        private final MessageConnection socket;
        private int question;

        Facts(MessageTransport transport) {
            this.transport = transport;
            this.socket = MessageConnection.below(transport);
        }

        @Override
        public @Nullable Endpoint peer() {
            return transport.sender();
        }

        @Override
        public @Nullable Endpoint local() {
            Endpoint told = socket.isConnection() ? null : socket.channel.receiver(socket.asked());
            return told == null ? socket.local() : told;
        }

        @Override
        public @Nullable PeerCredentials credentials() {
            return socket.isConnection()
                    ? TransportFacts.credentialsOf(socket)
                    : socket.channel.credentials(socket.asked());
        }

        @Override
        public int answerRoom() {
            return socket.isConnection() ? Integer.MAX_VALUE : desk(socket).room(socket, question);
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
            var socket = MessageConnection.below(transport);
            socket.losePatience();
            if (service.asksCredentials() || access.hasUsers()) {
                socket.channel.askCredentials();
            }
        }
    }

    @Override
    public void received(MessageTransport transport, ByteBuffer message) throws IOException {
        Facts about = facts(transport);
        received++;
        receivedBytes += message.remaining();
        boolean tooLong = transport.isTruncated() || message.remaining() > settings.maxMessage();
        if (transport.isConnection()) {
            if (tooLong) {
                throw new IOException(
                        "a record is longer than " + settings.maxMessage() + " bytes");
            }
            answer(about, message);
        } else if (tooLong) {
            truncated++;
        } else if (!access.isEmpty() && !isAllowed(about)) {
            denied++;
        } else {
            try {
                answer(about, message);
            } catch (RuntimeException | Error thrown) {
                ServiceProtocol.Turn.of(about.socket.loop).output.clear();
                observer.requestFailed(transport.sender(), thrown);
            }
        }
    }

    private boolean isAllowed(Facts about) {
        if (!access.allows(about.peer())) {
            return false;
        }
        PeerCredentials sender = access.hasUsers() ? about.credentials() : null;
        return sender == null || access.allowsUid(sender.uid());
    }

    private void answer(Facts about, ByteBuffer message) {
        ServiceProtocol.Turn turn = ServiceProtocol.Turn.of(about.socket.loop);
        Output output = turn.output;
        int question = message.remaining();
        about.question = question;
        service.received(message, about, turn, output);
        if (output.answered()) {
            reply(about, output, question);
        }
        Output.Ending ending = output.ending();
        output.clear();
        if (ending == Output.Ending.CLOSE && about.socket.isConnection()) {
            about.transport.close();
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

    private void reply(Facts about, Output output, int question) {
        MessageTransport transport = about.transport;
        ByteBuffer collected = output.collected();
        ByteBuffer passed = output.passed();
        int length = collected.remaining() + (passed == null ? 0 : passed.remaining());
        if (!transport.isConnection()) {
            if (length > MessageConnection.LONGEST) {
                undelivered++;
                return;
            }
            if (!desk(about.socket).admits(about.socket, length, question)) {
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
