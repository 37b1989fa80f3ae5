// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.SocketType.SOCK_SEQPACKET;
import static sockeye.SocketType.SOCK_STREAM;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Listening at what a text names. */
final class Listening {
    /** All there are. */
    static final Set<EndpointScheme> SCHEMES = those(scheme -> true);

    private static final Set<EndpointScheme> STREAMS = those(EndpointScheme::isStream);
    private static final Set<EndpointScheme> RECORDS = those(s -> s.type() == SOCK_SEQPACKET);
    private static final Set<EndpointScheme> CONNECTIONS =
            those(s -> s.isStream() || s.type() == SOCK_SEQPACKET);
    private static final Set<EndpointScheme> DATAGRAMS =
            those(s -> !s.isStream() && s.type() != SOCK_SEQPACKET);

    /** The schemes whose sockets are so, and descriptors, which may be anything. */
    static Set<EndpointScheme> those(Predicate<EndpointScheme> wanted) {
        return Arrays.stream(EndpointScheme.values())
                .filter(scheme -> scheme.isDescriptor() || wanted.test(scheme))
                .collect(Collectors.toUnmodifiableSet());
    }

    private final EndpointSpec spec;
    private final SpecSettings read;
    private final OptionSetting<?>[] more;

    private Listening(EndpointSpec spec, EndpointOptions options, OptionSetting<?>... more) {
        spec.requireWrappersAmong(List.of());
        this.spec = spec;
        this.read = SpecSettings.forListening(spec, options);
        this.more = more;
    }

    static Listener<StreamSocket> streams(EndpointSpec spec, OptionSetting<?>... settings)
            throws IOException {
        spec.requireSchemeAmong(STREAMS);
        var listening = new Listening(spec, spec.readOptions(), settings);
        return listening.isDescriptor()
                ? Listener.ofStream(listening.adopt(Listener.class, SOCK_STREAM).socket())
                : listening.streams();
    }

    static Listener<MessageSocket> records(EndpointSpec spec, OptionSetting<?>... settings)
            throws IOException {
        spec.requireSchemeAmong(RECORDS);
        var listening = new Listening(spec, spec.readOptions(), settings);
        return listening.isDescriptor()
                ? Listener.ofSeqpacket(listening.adopt(Listener.class, SOCK_SEQPACKET).socket())
                : listening.records();
    }

    static Listener<?> connections(EndpointSpec spec, OptionSetting<?>... settings)
            throws IOException {
        spec.requireSchemeAmong(CONNECTIONS);
        var listening = new Listening(spec, spec.readOptions(), settings);
        if (listening.isDescriptor()) {
            return listening.adopt(Listener.class, 0);
        }
        return spec.scheme().isStream() ? listening.streams() : listening.records();
    }

    static MessageSocket datagrams(EndpointSpec spec, OptionSetting<?>... settings)
            throws IOException {
        spec.requireSchemeAmong(DATAGRAMS);
        var listening = new Listening(spec, spec.readOptions(), settings);
        return listening.isDescriptor()
                ? listening.adopt(MessageSocket.class, 0)
                : listening.datagrams();
    }

    static Role any(EndpointSpec spec, EndpointOptions options) throws IOException {
        spec.requireSchemeAmong(SCHEMES);
        var listening = new Listening(spec, options);
        if (listening.isDescriptor()) {
            return listening.adopt(Role.class, 0);
        }
        return switch (spec.scheme().type()) {
            case SOCK_STREAM -> listening.streams();
            case SOCK_SEQPACKET -> listening.records();
            default -> listening.datagrams();
        };
    }

    private boolean isDescriptor() {
        return spec.scheme().isDescriptor();
    }

    private OptionSetting<?>[] settings(int family) {
        return read.settings(family, more);
    }

    private Listener<StreamSocket> streams() throws IOException {
        return each(local ->
                Listener.stream(
                        local, spec.socketProtocol(), read.listen(), settings(local.family())));
    }

    private Listener<MessageSocket> records() throws IOException {
        return each(local -> Listener.seqpacket(local, read.listen(), settings(local.family())));
    }

    private MessageSocket datagrams() throws IOException {
        int type = spec.scheme().type();
        int protocol = spec.socketProtocol();
        return each(local ->
                MessageSocket.bind(local, type, protocol, read.listen(), settings(local.family())));
    }

    private interface Attempt<S> {
        S at(Endpoint local) throws IOException;
    }

    /** The first address of a name that can be had here; nearly always there is but one. */
    private <S> S each(Attempt<S> attempt) throws IOException {
        List<IOException> failures = new ArrayList<>();
        for (Endpoint local : NameResolver.current().endpoints(everyAddress(), Deadline.NONE)) {
            try {
                return attempt.at(local);
            } catch (IOException failed) {
                failures.add(failed);
            }
        }
        IOException first = failures.removeFirst();
        failures.forEach(first::addSuppressed);
        throw first;
    }

    /** A port alone is every address: of both families, where the kernel has both. */
    private EndpointSpec everyAddress() {
        if (spec.target() instanceof EndpointTarget.Port(int port) && !Listener.hasDualStack()) {
            return spec.withTarget(new EndpointTarget.Address(IpAddress.ANY_IPV4, "", port));
        }
        return spec.forListening();
    }

    private <R extends Role> R adopt(Class<R> wanted, int type) throws IOException {
        return adopt(spec, wanted, type, settings(0));
    }

    /**
     * Takes charge of the descriptor that a spec names, if it is of the kind that is wanted.
     *
     * @param type a SOCK_ number, or 0 for any
     */
    static <R extends Role> R adopt(
            EndpointSpec spec, Class<R> wanted, int type, OptionSetting<?>... settings)
            throws IOException {
        int number =
                switch (spec.target()) {
                    case EndpointTarget.Descriptor(int open) -> number(open);
                    case EndpointTarget.Systemd(String name) -> number(spec, name);
                    default -> throw new IllegalArgumentException(spec.toString());
                };
        LinuxSocket socket = LinuxSocket.adopt(number);
        boolean done = false;
        try {
            Role role = Role.of(socket);
            if (!wanted.isInstance(role) || (type != 0 && socket.type() != type)) {
                throw new EndpointSyntaxException(
                        spec.toString(),
                        0,
                        "descriptor " + number + " is another kind of socket",
                        "it is a " + kind(role));
            }
            socket.apply(settings);
            socket.setInheritable(false);
            done = true;
            return wanted.cast(role);
        } finally {
            if (!done) {
                giveBack(spec, socket.detach());
            }
        }
    }

    private static void giveBack(EndpointSpec spec, int number) throws IOException {
        if (spec.target() instanceof EndpointTarget.Systemd(String name)) {
            ActivatedSockets.ofProcess().putBack(name, PassedDescriptor.adopt(number));
        }
    }

    private static int number(int open) throws IOException {
        ActivatedSockets.release(open);
        return open;
    }

    /** The first that is left of those that the service manager passed by a name. */
    private static int number(EndpointSpec spec, String name) throws IOException {
        ActivatedSockets activated = ActivatedSockets.ofProcess();
        PassedDescriptor passed = activated.takeFirstSocket(name);
        if (passed == null) {
            throw new EndpointSyntaxException(
                    spec.toString(),
                    spec.scheme().text().length() + 1,
                    "no descriptor of this name was passed to the process",
                    activated.isEmpty()
                            ? "there is none of any name"
                            : "there are " + String.join(", ", activated.names()));
        }
        return passed.detach();
    }

    private static String kind(Role role) {
        String type = SocketType.nameOf(role.socket().type());
        return switch (role) {
            case Listener<?> listener -> "listener of " + type;
            case StreamSocket stream -> "stream: " + type;
            case MessageSocket messages -> "socket for messages: " + type;
        };
    }
}
