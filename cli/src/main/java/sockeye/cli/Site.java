// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static sockeye.SocketType.SOCK_SEQPACKET;
import static sockeye.SocketType.SOCK_STREAM;

import sockeye.ActivatedSockets;
import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.EndpointOptions;
import sockeye.EndpointScheme;
import sockeye.EndpointSpec;
import sockeye.EndpointTarget;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.InetEndpoint;
import sockeye.IpAddress;
import sockeye.LinuxSocket;
import sockeye.ListenSettings;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.OptionSetting;
import sockeye.Role;
import sockeye.SpecSettings;
import sockeye.StreamSocket;
import sockeye.server.ServerSettings;
import sockeye.server.StreamLayer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** One endpoint to serve on, as a spec describes it: checked, and not opened yet. */
final class Site {
    private static final String V6_ONLY = "v6only";

    private final EndpointSpec spec;
    private final String service;
    private final Guard guard;
    private final SpecSettings read;
    private final ListenSettings listen;
    private final List<Wrapper.OnServer> layers;
    private final boolean backlogAsked;

    /**
     * Checks the spec.
     *
     * @param backlog what the command line says about it, or −1
     * @param service what is served there
     * @param guard who is let in, if the spec does not say otherwise
     * @throws sockeye.EndpointSyntaxException if a server cannot do what the spec asks for
     */
    Site(EndpointSpec spec, int backlog, String service, Guard guard) {
        this.service = service;
        this.spec = spec.forListening();
        this.spec.requireSchemeAmong(Transports.KNOWN);
        EndpointOptions options = spec.readOptions();
        this.layers = Wrapper.layers(this.spec, options);
        this.guard = guard.with(options, this.spec);
        if (Transports.isInet(scheme())
                && options.take(V6_ONLY) != null
                && spec.target() instanceof EndpointTarget.Address address
                && address.address().isIpv4()) {
            throw options.refuse(V6_ONLY, "the address is one of IPv4");
        }
        this.read = SpecSettings.forListening(this.spec, options);
        boolean said = spec.options().containsKey("backlog");
        this.backlogAsked = isConnected() && (said || backlog >= 0);
        this.listen = backlogAsked && !said ? read.listen().withBacklog(backlog) : read.listen();
    }

    /** What is served there: the name of an offer. */
    String service() {
        return service;
    }

    EndpointScheme scheme() {
        return spec.scheme();
    }

    /**
     * Where a server is found: the address that it has, but of TIPC the service that it offers,
     * which is what clients look for.
     */
    Endpoint found(Served server) throws IOException {
        return Transports.isTipc(scheme()) ? spec.toEndpoint() : server.local();
    }

    private StreamLayer[] onThreads() {
        return layers.stream().map(Wrapper.OnServer::onThreads).toArray(StreamLayer[]::new);
    }

    /** The transport, with what is in front of it. */
    String transport() {
        return String.join("", spec.wrappers().stream().map(each -> each + "+").toList())
                + scheme();
    }

    /**
     * Follows the files that it is made of, certificates for instance, until it is closed.
     *
     * @param say is told when they were read anew
     */
    void watch(Consumer<String> say) throws IOException {
        for (Wrapper.OnServer layer : layers) {
            if (layer.onThreads() instanceof Reloading reloading) {
                reloading.watch(say);
            }
        }
    }

    /** Follows no files any more. */
    void close() throws IOException {
        for (Wrapper.OnServer layer : layers) {
            if (layer.onThreads() instanceof Reloading reloading) {
                reloading.close();
            }
        }
    }

    /** Who is let in there. */
    Guard guard() {
        return guard;
    }

    private boolean isConnected() {
        return Transports.isConnected(scheme());
    }

    /** How many connections were asked to be able to wait; empty if nobody asked. */
    OptionalInt backlog() {
        return backlogAsked ? OptionalInt.of(listen.backlog()) : OptionalInt.empty();
    }

    /** What its sockets are called among generations; {@link Succession}. */
    String name() {
        return Succession.name(spec);
    }

    /** How a server of it is called: of a descriptor by what that is. */
    String name(Served server) throws IOException {
        if (!scheme().isDescriptor()) {
            return transport() + ":" + found(server);
        }
        LinuxSocket socket = server.source().socket();
        return EndpointSpec.describe(
                socket.family(), socket.type(), socket.protocol(), server.local());
    }

    /**
     * Serves on all addresses that the spec may mean, or on the sockets that were there already.
     *
     * @throws IOException if that fails; what was opened before is closed then
     */
    List<Served> open(Engine.Terms common, Engine engine, Succession succession)
            throws IOException {
        List<Role> given = succession.take(spec);
        if (given.isEmpty() && spec.target() instanceof EndpointTarget.Systemd(String name)) {
            given = ActivatedSockets.ofProcess().takeRoles(name);
        }
        if (given.isEmpty() && scheme().isDescriptor()) {
            // It says what is wrong with a name, too.
            given = List.of(Role.listen(spec.withWrappers(List.of()).withOptions(Map.of())));
        }
        return given.isEmpty() ? openAll(common, engine) : serveAll(given, common, engine);
    }

    private OptionSetting<?>[] settings(int family) {
        return Transports.settings(spec, read, family);
    }

    private List<Served> serveAll(List<Role> given, Engine.Terms common, Engine engine)
            throws IOException {
        var servers = new ArrayList<Served>();
        Engine.Terms terms = common.with(common.with().withLayers(onThreads()));
        try {
            for (Role role : given) {
                Transports.apply(role.socket(), settings(role.socket().family()));
                servers.add(serve(role, terms, engine));
            }
            return servers;
        } catch (IOException | RuntimeException | Error failed) {
            servers.forEach(Served::close);
            for (Role role : given) {
                role.close();
            }
            throw failed;
        }
    }

    private Served serve(Role role, Engine.Terms terms, Engine engine) throws IOException {
        return switch (role) {
            case Listener<?> listener when listener.socket().type() == SOCK_STREAM ->
                    engine.streams(streams(listener), layers, terms);
            case Listener<?> listener -> engine.records(records(listener), terms);
            case MessageSocket messages when messages.socket().type() != SOCK_SEQPACKET ->
                    engine.datagrams(messages, terms);
            case StreamSocket connection -> throw connected(connection);
            case MessageSocket connection -> throw connected(connection);
        };
    }

    private IOException connected(Role role) {
        return new IOException(
                spec + " is a connection, and nobody can connect to that: " + role.socket());
    }

    @SuppressWarnings("unchecked") // its type says what it accepts
    private static Listener<StreamSocket> streams(Listener<?> listener) {
        return (Listener<StreamSocket>) listener;
    }

    @SuppressWarnings("unchecked") // its type says what it accepts
    private static Listener<MessageSocket> records(Listener<?> listener) {
        return (Listener<MessageSocket>) listener;
    }

    private List<Served> openAll(Engine.Terms common, Engine engine) throws IOException {
        List<Endpoint> endpoints = Transports.resolve(spec, Deadline.NONE);
        var servers = new ArrayList<Served>();
        IOException missing = null;
        try {
            int port = 0;
            for (Endpoint each : endpoints) {
                Endpoint endpoint = each instanceof InetEndpoint inet ? withPort(inet, port) : each;
                try {
                    Served server = openOne(endpoint, common, engine);
                    servers.add(server);
                    port = server.local() instanceof InetEndpoint inet ? inet.port() : 0;
                } catch (IOException failed) {
                    // A name such as localhost has an IPv6 address also where there is no IPv6.
                    if (!isFamilyMissing(failed)) {
                        throw failed;
                    }
                    missing = failed;
                }
            }
            if (servers.isEmpty() && missing != null) {
                servers.add(openOne(withoutIpv6(missing), common, engine));
            }
            return servers;
        } catch (IOException | RuntimeException | Error failed) {
            servers.forEach(Served::close);
            throw failed;
        }
    }

    /** Several addresses of one name share the port that the kernel chose for the first. */
    private static Endpoint withPort(InetEndpoint endpoint, int port) {
        return endpoint.port() == 0 ? endpoint.withPort(port) : endpoint;
    }

    private static boolean isFamilyMissing(IOException failed) {
        return failed instanceof ErrnoFailure failure
                && (failure.errno().equals(Errno.EAFNOSUPPORT)
                        || failure.errno().equals(Errno.EADDRNOTAVAIL));
    }

    /** Of all addresses, those that there are on a machine without IPv6. */
    private Endpoint withoutIpv6(IOException missing) throws IOException {
        if (spec.target() instanceof EndpointTarget.Address address
                && address.address().equals(IpAddress.ANY_IPV6)
                && !spec.options().containsKey(V6_ONLY)) {
            return InetEndpoint.of(IpAddress.ANY_IPV4, address.port());
        }
        throw missing;
    }

    private Served openOne(Endpoint endpoint, Engine.Terms common, Engine engine)
            throws IOException {
        OptionSetting<?>[] set = settings(endpoint.family());
        ServerSettings with =
                common.with().withListen(listen).withOptions(set).withLayers(onThreads());
        int type = scheme().type();
        int protocol = scheme().protocol();
        Role role =
                switch (type) {
                    case SOCK_STREAM -> Listener.stream(endpoint, protocol, listen, set);
                    case SOCK_SEQPACKET -> Listener.seqpacket(endpoint, listen, set);
                    default -> MessageSocket.bind(endpoint, type, protocol, listen, set);
                };
        return serve(role, common.with(with), engine);
    }
}
