// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.AddressFamily;
import sockeye.ConnectSettings;
import sockeye.Deadline;
import sockeye.EaiCode;
import sockeye.Endpoint;
import sockeye.EndpointOptions;
import sockeye.EndpointScheme;
import sockeye.EndpointSpec;
import sockeye.EndpointTarget;
import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.OptionSetting;
import sockeye.ResolveFailure;
import sockeye.SocketType;
import sockeye.SpecSettings;
import sockeye.StreamSocket;
import sockeye.reactor.HostResolver;
import sockeye.reactor.Listening;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.reactor.Protocol;
import sockeye.reactor.Reactor;
import sockeye.reactor.Transport;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Connecting to what a text names. A host name is looked up by the reactor's resolver, and its
 * addresses race; all else, which may have to wait for a file, is core's, on a virtual thread.
 */
public final class Dialing<T> extends Member {
    private static final Set<EndpointScheme> STREAMS = those(EndpointScheme::isStream);
    private static final Set<EndpointScheme> RECORDS =
            those(each -> each.type() == SocketType.SOCK_SEQPACKET);
    private static final Set<EndpointScheme> DATAGRAMS =
            those(each -> !each.isStream() && each.type() != SocketType.SOCK_SEQPACKET);

    /** How long IPv4 waits for an answer about IPv6: RFC 8305 section 3. */
    private static final long RESOLUTION_DELAY = 50_000_000;

    private static Set<EndpointScheme> those(Predicate<EndpointScheme> wanted) {
        return Arrays.stream(EndpointScheme.values())
                .filter(each -> each.isDescriptor() || wanted.test(each))
                .collect(Collectors.toUnmodifiableSet());
    }

    private final EndpointSpec spec;
    private final SpecSettings read;
    private final ConnectSettings how;
    private final Race<T> race;
    private final CompletableFuture<T> result;
    private final Timers.Call limit;
    private final Timers.Call patience;

    /** Of IPv4, while those of IPv6 may still come. */
    private final List<InetEndpoint> early = new ArrayList<>();

    private HostResolver.@Nullable Search search;
    private boolean searching;
    private boolean over;
    private @Nullable Throwable failure;

    private Dialing(
            Loop loop,
            EndpointSpec spec,
            CompletableFuture<T> result,
            Race.Making<T> making,
            OptionSetting<?>... settings) {
        super(loop);
        EndpointOptions options = spec.readOptions();
        this.spec = spec;
        this.read = SpecSettings.forConnecting(spec, options);
        this.result = result;
        this.how = read.how(ConnectSettings.DEFAULT);
        this.limit = loop.timer(this::late);
        this.patience = loop.timer(this::begin);
        int type = spec.scheme().type();
        int protocol = spec.scheme().protocol();
        this.race =
                new Race<>(
                        loop,
                        spec.needsResolving() ? name() : null,
                        how,
                        limit,
                        (driver, peer) ->
                                driver.socket(
                                        peer,
                                        type,
                                        protocol,
                                        read.local(),
                                        read.settings(peer.family(), settings)),
                        (made, wanted) -> {
                            making.make(made, wanted);
                            // A handshake of the layers above has a time of its own.
                            finish();
                        },
                        result);
    }

    private String name() {
        return spec.scheme() + ":" + spec.target();
    }

    /** {@link Reactor#connect(EndpointSpec, Protocol, OptionSetting...)}. */
    public static CompletableFuture<Transport> streams(
            Reactor reactor, EndpointSpec peer, Protocol protocol, OptionSetting<?>... settings) {
        Objects.requireNonNull(protocol, "protocol");
        Loop loop = (Loop) reactor;
        return dial(
                loop,
                peer,
                STREAMS,
                (made, result) -> new Connection(loop, made, protocol, result),
                (to, deadline) -> StreamSocket.connect(to, deadline, settings),
                settings);
    }

    /** {@link Reactor#connectRecords(EndpointSpec, MessageProtocol, OptionSetting...)}. */
    public static CompletableFuture<MessageTransport> records(
            Reactor reactor,
            EndpointSpec peer,
            MessageProtocol protocol,
            OptionSetting<?>... settings) {
        return messages(reactor, peer, RECORDS, protocol, settings);
    }

    /** {@link Reactor#connectDatagrams(EndpointSpec, MessageProtocol, OptionSetting...)}. */
    public static CompletableFuture<MessageTransport> datagrams(
            Reactor reactor,
            EndpointSpec peer,
            MessageProtocol protocol,
            OptionSetting<?>... settings) {
        return messages(reactor, peer, DATAGRAMS, protocol, settings);
    }

    /** {@link Reactor#listenRecords(EndpointSpec, MessageProtocol.Factory, OptionSetting...)}. */
    public static Listening listenRecords(
            Reactor reactor,
            EndpointSpec local,
            MessageProtocol.Factory protocols,
            OptionSetting<?>... settings)
            throws IOException {
        Objects.requireNonNull(protocols, "protocols");
        return ((Loop) reactor).driverInUse() instanceof SimulatedDriver
                ? reactor.listenRecords(
                        SimulatedDriver.literal(local.forListening()), protocols, settings)
                : reactor.listenRecords(Listener.seqpacket(local, settings), protocols);
    }

    private static CompletableFuture<MessageTransport> messages(
            Reactor reactor,
            EndpointSpec peer,
            Set<EndpointScheme> schemes,
            MessageProtocol protocol,
            OptionSetting<?>... settings) {
        Objects.requireNonNull(protocol, "protocol");
        Loop loop = (Loop) reactor;
        return dial(
                loop,
                peer,
                schemes,
                (made, result) -> new MessageConnection(loop, made, protocol, result),
                (to, deadline) -> MessageSocket.connect(to, deadline, settings),
                settings);
    }

    private static <T> CompletableFuture<T> dial(
            Loop loop,
            EndpointSpec peer,
            Set<EndpointScheme> schemes,
            Race.Making<T> making,
            WaitingConnect.Waiting waiting,
            OptionSetting<?>... settings) {
        loop.checkOpen();
        var result = new CompletableFuture<T>();
        try {
            peer.requireSchemeAmong(schemes);
            peer.requireWrappersAmong(List.of());
            EndpointSpec to = peer.forConnecting();
            boolean simulated = loop.driverInUse() instanceof SimulatedDriver;
            if (to.needsResolving() || (simulated && to.isLiteral())) {
                new Dialing<>(loop, to, result, making, settings).start();
            } else if (simulated) {
                throw new UnsupportedOperationException("a simulator has no descriptors: " + peer);
            } else {
                WaitingConnect.start(loop, to, result, making, waiting);
            }
        } catch (RuntimeException | UnknownHostException refused) {
            result.completeExceptionally(refused);
        }
        return result;
    }

    private void start() throws UnknownHostException {
        loop.add(this);
        long most = Timers.nanos(loop.settings().connectTimeout());
        if (!read.deadline().equals(Deadline.NONE)) {
            long said = Timers.nanos(read.deadline().remaining());
            most = most == 0 ? said : Math.min(most, said);
        }
        if (most > 0) {
            limit.reset(most);
        }
        var _ = result.whenComplete((made, thrown) -> finishSoon());
        if (!(spec.target() instanceof EndpointTarget.Host(String host, int port))) {
            race.add(List.of(spec.toEndpoint()));
            race.complete(null);
            return;
        }
        searching = true;
        int family = family();
        var hearing = new Hearing(host, family);
        try {
            search =
                    loop.settings()
                            .resolver()
                            .begin(loop, new HostResolver.Question(host, port, family), hearing);
        } catch (Exception refused) {
            noMore(refused);
        }
    }

    /** What the resolver tells, on whatever thread, is heard on the loop's. */
    private final class Hearing implements HostResolver.Answers {
        private final String host;
        private final int family;
        private boolean some;

        Hearing(String host, int family) {
            this.host = host;
            this.family = family;
        }

        @Override
        public void found(List<InetEndpoint> addresses) {
            List<InetEndpoint> found = List.copyOf(addresses);
            loop.later(() -> {
                List<InetEndpoint> wanted = new ArrayList<>(found);
                wanted.removeIf(
                        each -> family != AddressFamily.AF_UNSPEC && each.family() != family);
                some |= !wanted.isEmpty();
                if (searching && !over && !wanted.isEmpty()) {
                    Dialing.this.found(wanted);
                }
            });
        }

        @Override
        public void complete() {
            failed(null);
        }

        @Override
        public void failed(@Nullable Throwable why) {
            loop.later(() -> {
                if (searching && !over) {
                    noMore(
                            why == null && !some
                                    ? new ResolveFailure(host, EaiCode.EAI_ADDRFAMILY)
                                    : why);
                }
            });
        }
    }

    private void found(List<InetEndpoint> addresses) {
        boolean hasIpv6 = addresses.stream().anyMatch(Dialing::isIpv6);
        if (race.isFresh() && !hasIpv6 && family() == AddressFamily.AF_UNSPEC) {
            early.addAll(addresses);
            if (!patience.isActive()) {
                patience.reset(RESOLUTION_DELAY);
            }
            return;
        }
        List<InetEndpoint> all = new ArrayList<>(addresses);
        all.addAll(early);
        early.clear();
        patience.cancel();
        race.add(all);
    }

    /** Of which family it has to be. */
    private int family() {
        Endpoint local = read.local();
        return local != null ? local.family() : how.family();
    }

    private static boolean isIpv6(InetEndpoint endpoint) {
        return endpoint.family() == AddressFamily.AF_INET6;
    }

    /** IPv4 has waited long enough. */
    private void begin() {
        List<InetEndpoint> all = List.copyOf(early);
        early.clear();
        if (!over && !all.isEmpty()) {
            race.add(all);
        }
    }

    private void noMore(@Nullable Throwable why) {
        searching = false;
        search = null;
        patience.cancel();
        begin();
        race.complete(why);
    }

    private void late() {
        result.completeExceptionally(
                new SocketTimeoutException("connect " + name() + ": timed out"));
    }

    /** It is decided, by whatever thread. */
    private void finishSoon() {
        if (loop.isMine()) {
            soon();
            return;
        }
        try {
            loop.execute(this::soon);
        } catch (RejectedExecutionException closing) {
            // Then it is ended with the loop.
        }
    }

    @Override
    void die(@Nullable Throwable why) {
        failure = why == null ? aborted() : why;
        soon();
    }

    @Override
    void work() {
        Throwable failed = failure;
        if (failed != null) {
            result.completeExceptionally(failed);
        }
        if (result.isDone()) {
            finish();
        }
    }

    private void finish() {
        if (over) {
            return;
        }
        over = true;
        limit.cancel();
        patience.cancel();
        race.end();
        loop.remove(this);
        HostResolver.Search still = search;
        search = null;
        if (still != null) {
            loop.run(still::cancel);
        }
    }
}
