// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static sockeye.AddressFamily.AF_UNIX;
import static sockeye.AddressFamily.AF_UNSPEC;
import static sockeye.EndpointScheme.UDP;
import static sockeye.SocketType.SOCK_STREAM;

import org.jspecify.annotations.Nullable;

import sockeye.ByteStream;
import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.EndpointOptions;
import sockeye.EndpointScheme;
import sockeye.EndpointSpec;
import sockeye.EndpointSyntaxException;
import sockeye.EndpointTarget;
import sockeye.InetEndpoint;
import sockeye.IpAddress;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.OptionSetting;
import sockeye.Role;
import sockeye.SpecSettings;
import sockeye.StreamSocket;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Opens a client's socket to what a spec names. */
final class Dialer {
    private final EndpointSpec spec;
    private final SpecSettings read;
    private final @Nullable Endpoint local;
    private final Map<String, String> order;
    private final List<Wrapper.Around> around;

    /**
     * Checks the spec.
     *
     * @throws EndpointSyntaxException if a client cannot do what it asks for
     */
    Dialer(EndpointSpec spec) {
        this.spec = spec.forConnecting();
        this.spec.requireSchemeAmong(Transports.KNOWN);
        EndpointOptions options = this.spec.readOptions();
        this.around = Wrapper.allAround(this.spec, options);
        this.read = SpecSettings.forEither(this.spec, options);
        if (isUnix()) {
            this.local = null;
            this.order = take(options, "bind", "mode", "owner", "group", "replace", "unlink");
            var _ = SpecSettings.forConnecting(bare(), bare().readOptions());
        } else {
            this.local = takeBind(options, spec.scheme());
            this.order = Transports.isTcp(spec.scheme()) ? takeOrder(options) : Map.of();
        }
        options.requireNoMore();
    }

    private boolean isUnix() {
        return spec.scheme().family() == AF_UNIX;
    }

    /** With nothing but what is left to core to read. */
    private EndpointSpec bare() {
        return spec.withOptions(order).withWrappers(List.of());
    }

    private OptionSetting<?>[] settings(int family) {
        return Transports.settings(spec, read, family);
    }

    /** What it connects to. */
    EndpointSpec spec() {
        return spec;
    }

    /** Options about the addresses of a name, or that depend on its family: core reads them. */
    private static Map<String, String> takeOrder(EndpointOptions options) {
        return take(options, "family", "attempt-delay", "sequential", "ttl", "tos");
    }

    private static Map<String, String> take(EndpointOptions options, String... names) {
        var taken = new LinkedHashMap<String, String>();
        for (String name : names) {
            String value = options.take(name);
            if (value != null) {
                taken.put(name, value);
            }
        }
        return taken;
    }

    /** Connects to the first address that answers; those of a name are tried by Happy Eyeballs. */
    Talk dial(Duration timeout) throws IOException {
        Deadline deadline = Deadline.after(timeout);
        if (spec.scheme().isDescriptor()) {
            return open(deadline);
        }
        if (spec.needsResolving() && spec.scheme().type() == SOCK_STREAM && local == null) {
            return wrapped(StreamSocket.connect(bare(), deadline, settings(AF_UNSPEC)), deadline);
        }
        if (isUnix()) {
            return spec.scheme().isStream()
                    ? wrapped(StreamSocket.connect(bare(), deadline, settings(AF_UNIX)), deadline)
                    : new Talk.OfMessages(
                            MessageSocket.connect(bare(), deadline, settings(AF_UNIX)));
        }
        var failures = new ArrayList<IOException>();
        for (Endpoint peer : Transports.resolve(spec, deadline)) {
            try {
                return connect(peer, deadline);
            } catch (IOException failed) {
                failures.add(failed);
            }
        }
        IOException last = failures.removeLast();
        failures.forEach(last::addSuppressed);
        throw last;
    }

    /** What is connected already. */
    private Talk open(Deadline deadline) throws IOException {
        Role role = Role.connect(spec.withWrappers(List.of()).withOptions(Map.of()), deadline);
        try {
            Transports.apply(role.socket(), settings(role.socket().family()));
            return switch (role) {
                case StreamSocket stream -> wrapped(stream, deadline);
                case MessageSocket messages -> new Talk.OfMessages(messages);
                case Listener<?> listener ->
                        throw new IOException(spec + " listens; it is connected to nobody");
            };
        } catch (IOException | RuntimeException | Error failed) {
            role.close();
            throw failed;
        }
    }

    private Talk connect(Endpoint peer, Deadline deadline) throws IOException {
        EndpointScheme scheme = spec.scheme();
        if (scheme == UDP) {
            return new Talk.OfMessages(datagrams(peer));
        }
        LinuxSocket socket = LinuxSocket.socket(peer.family(), scheme.type(), scheme.protocol());
        try {
            Transports.apply(socket, settings(peer.family()));
            if (local != null) {
                socket.bind(local);
            }
            socket.writeDeadline(deadline);
            socket.connect(peer);
            socket.writeDeadline(Deadline.NONE);
        } catch (IOException | RuntimeException | Error failed) {
            socket.close();
            throw failed;
        }
        return scheme.type() == SOCK_STREAM
                ? wrapped(StreamSocket.of(socket), deadline)
                : new Talk.OfMessages(MessageSocket.of(socket));
    }

    private Talk wrapped(StreamSocket socket, Deadline deadline) throws IOException {
        ByteStream stream = socket;
        try {
            for (Wrapper.Around each : around) {
                stream = each.put(stream, deadline);
            }
            return new Talk.OfStream(stream);
        } catch (IOException | RuntimeException | Error failed) {
            socket.close();
            throw failed;
        }
    }

    private MessageSocket datagrams(Endpoint peer) throws IOException {
        if (local == null) {
            return MessageSocket.connect(peer, settings(peer.family()));
        }
        MessageSocket socket = MessageSocket.bind(local, settings(local.family()));
        try {
            socket.socket().connect(peer);
            return socket;
        } catch (IOException | RuntimeException | Error failed) {
            socket.close();
            throw failed;
        }
    }

    /** {@code bind=ADDRESS}, {@code bind=PORT} or both. */
    private static @Nullable Endpoint takeBind(EndpointOptions options, EndpointScheme scheme) {
        if (Transports.isTipc(scheme)) {
            return null; // A bound socket of TIPC cannot connect, and it needs no name for answers.
        }
        String text = options.take("bind");
        if (text == null) {
            return null;
        }
        if (Transports.isInet(scheme)) {
            IpAddress address = IpAddress.parseOrNull(text);
            if (address != null) {
                return InetEndpoint.of(address, 0);
            }
        }
        try {
            EndpointTarget target = EndpointSpec.parse(scheme + ":" + text).target();
            return switch (target) {
                case EndpointTarget.Address a -> InetEndpoint.of(a.address(), a.port());
                case EndpointTarget.Port(int port) -> InetEndpoint.any(port);
                default -> throw options.refuse("bind", "expected an address of this host");
            };
        } catch (EndpointSyntaxException wrong) {
            throw options.refuse("bind", "expected ADDRESS, ADDRESS:PORT or PORT");
        }
    }
}
