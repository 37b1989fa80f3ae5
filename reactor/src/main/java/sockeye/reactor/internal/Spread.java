// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.EndpointScheme;
import sockeye.EndpointSpec;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.OptionSetting;
import sockeye.Role;
import sockeye.SoOption;
import sockeye.StreamSocket;
import sockeye.reactor.DrainReport;
import sockeye.reactor.Listening;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.Protocol;
import sockeye.reactor.Spreading;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * What a group listens at: with a socket on each loop, among which the kernel chooses, or with one
 * whose connections are handed over. It is the origin of them all.
 */
final class Spread implements Listening, Member.Origin {
    private final LoopGroup group;
    private final @Nullable Endpoint local;
    private final List<LinuxSocket> sockets;
    private final LongAdder gone = new LongAdder();
    private final List<Part> parts = new ArrayList<>();
    private volatile boolean open = true;

    /** A socket of one of the loops; its member is made by that loop. */
    private static final class Part {
        final Loop loop;
        private volatile @Nullable Acceptor acceptor;
        private volatile @Nullable MessageConnection socket;

        Part(Loop loop) {
            this.loop = loop;
        }

        void onAcceptor(Consumer<Acceptor> what) {
            Acceptor mine = acceptor;
            if (mine != null) {
                what.accept(mine);
            }
        }

        void onSocket(Consumer<MessageConnection> what) {
            MessageConnection mine = socket;
            if (mine != null) {
                what.accept(mine);
            }
        }
    }

    /** Makes a connection on the loop that is to have it. */
    private interface Serving {
        void serve(Loop loop, Channel made, Acceptor by) throws Exception;
    }

    private Spread(LoopGroup group, List<? extends Role> sockets) {
        this.group = group;
        this.local = local(sockets.getFirst());
        this.sockets = sockets.stream().map(Role::socket).toList();
    }

    // Streams.

    static Listening streams(
            LoopGroup group,
            Endpoint local,
            Protocol.Factory protocols,
            OptionSetting<?>... settings)
            throws IOException {
        group.checkOpen(protocols);
        if (!byKernel(group, local.family())) {
            return streams(group, List.of(Listener.stream(local, settings)), protocols);
        }
        OptionSetting<?>[] shared = shared(settings);
        return streams(
                group,
                several(
                        group,
                        () -> Listener.stream(local, shared),
                        actual -> Listener.stream(actual, shared)),
                protocols);
    }

    static Listening streams(
            LoopGroup group,
            EndpointSpec local,
            Protocol.Factory protocols,
            OptionSetting<?>... settings)
            throws IOException {
        group.checkOpen(protocols);
        if (!byKernel(group, AF_INET) || local.scheme() != EndpointScheme.TCP) {
            return streams(group, List.of(Listener.stream(local, settings)), protocols);
        }
        OptionSetting<?>[] shared = shared(settings);
        return streams(
                group,
                several(
                        group,
                        () -> Listener.stream(local, shared),
                        actual -> Listener.stream(at(local, actual), shared)),
                protocols);
    }

    static Listening streams(
            LoopGroup group, List<Listener<StreamSocket>> listeners, Protocol.Factory protocols) {
        group.checkOpen(protocols);
        return accepting(group, listeners, (loop, made, by) -> loop.serve(made, by, protocols));
    }

    static Listening records(
            LoopGroup group, Listener<MessageSocket> listener, MessageProtocol.Factory protocols) {
        group.checkOpen(protocols);
        return accepting(
                group, List.of(listener), (loop, made, by) -> loop.serve(made, by, protocols));
    }

    // Datagrams.

    static Listening datagrams(
            LoopGroup group,
            Endpoint local,
            MessageProtocol.Factory protocols,
            OptionSetting<?>... settings)
            throws IOException {
        group.checkOpen(protocols);
        if (!byKernel(group, local.family())) {
            return binding(group, List.of(MessageSocket.bind(local, settings)), protocols);
        }
        OptionSetting<?>[] shared = shared(settings);
        return binding(
                group,
                several(
                        group,
                        () -> MessageSocket.bind(local, shared),
                        actual -> MessageSocket.bind(actual, shared)),
                protocols);
    }

    static Listening datagrams(
            LoopGroup group,
            EndpointSpec local,
            MessageProtocol.Factory protocols,
            OptionSetting<?>... settings)
            throws IOException {
        group.checkOpen(protocols);
        if (!byKernel(group, AF_INET) || local.scheme() != EndpointScheme.UDP) {
            return binding(group, List.of(MessageSocket.bind(local, settings)), protocols);
        }
        OptionSetting<?>[] shared = shared(settings);
        return binding(
                group,
                several(
                        group,
                        () -> MessageSocket.bind(local, shared),
                        actual -> MessageSocket.bind(at(local, actual), shared)),
                protocols);
    }

    // Sockets.

    private static boolean byKernel(LoopGroup group, int family) {
        return group.settings().spreading() == Spreading.BY_KERNEL
                && group.loops().size() > 1
                && (family == AF_INET || family == AF_INET6);
    }

    private static OptionSetting<?>[] shared(OptionSetting<?>... settings) {
        OptionSetting<?>[] more = Arrays.copyOf(settings, settings.length + 1);
        more[settings.length] = SoOption.REUSE_PORT.to(true);
        return more;
    }

    /** What the text says, at the very address and port that it has led to. */
    private static EndpointSpec at(EndpointSpec spec, Endpoint actual) {
        return EndpointSpec.of(spec.scheme(), actual).withOptions(spec.options());
    }

    private interface First<R> {
        R open() throws IOException;
    }

    private interface Further<R> {
        R open(Endpoint actual) throws IOException;
    }

    /** As many as there are loops, all at the address of the first. */
    private static <R extends Role> List<R> several(
            LoopGroup group, First<R> first, Further<R> further) throws IOException {
        var all = new ArrayList<R>();
        boolean done = false;
        try {
            R one = first.open();
            all.add(one);
            Endpoint actual = one.socket().getSockName();
            while (all.size() < group.loops().size()) {
                all.add(further.open(actual));
            }
            done = true;
            return all;
        } finally {
            if (!done) {
                all.forEach(Handed::quietly);
            }
        }
    }

    private static @Nullable Endpoint local(Role role) {
        try {
            return role.socket().getSockName();
        } catch (IOException unknown) {
            return null;
        }
    }

    // Members.

    private static <R extends Role> Spread accepting(
            LoopGroup group, List<Listener<R>> listeners, Serving serving) {
        var spread = new Spread(group, listeners);
        boolean alone = listeners.size() == 1;
        for (int i = 0; i < listeners.size(); i++) {
            Listener<R> listener = listeners.get(i);
            Loop loop = alone ? group.pick() : group.loops().get(i);
            var part = spread.part(loop);
            loop.hand(
                    listener,
                    new CompletableFuture<>(),
                    () ->
                            part.acceptor =
                                    new Acceptor(
                                            loop,
                                            loop.take(listener),
                                            alone
                                                    ? (made, by) -> spread.give(made, by, serving)
                                                    : (made, by) -> serving.serve(loop, made, by),
                                            spread));
        }
        return spread;
    }

    private static Spread binding(
            LoopGroup group, List<MessageSocket> sockets, MessageProtocol.Factory protocols) {
        var spread = new Spread(group, sockets);
        for (int i = 0; i < sockets.size(); i++) {
            MessageSocket socket = sockets.get(i);
            Loop loop = sockets.size() == 1 ? group.pick() : group.loops().get(i);
            var part = spread.part(loop);
            loop.hand(
                    socket,
                    new CompletableFuture<>(),
                    () -> part.socket = spread.bound(loop, socket, protocols));
        }
        return spread;
    }

    private @Nullable MessageConnection bound(
            Loop loop, MessageSocket socket, MessageProtocol.Factory protocols) {
        try {
            var made = new MessageConnection(loop, loop.take(socket), protocols.protocol(), null);
            made.origin = this;
            return made;
        } catch (Throwable refused) {
            Handed.quietly(socket);
            loop.report(refused);
            return null;
        }
    }

    private Part part(Loop loop) {
        var part = new Part(loop);
        parts.add(part);
        return part;
    }

    /** To the loop that has the least to do. Nothing has been read from it. */
    private void give(Channel made, Acceptor by, Serving serving) throws Exception {
        Loop to = group.pick();
        if (to == by.loop) {
            serving.serve(to, made, by);
            return;
        }
        to.stops().load().incrementAndGet();
        new Handed(
                        new CompletableFuture<>(),
                        () -> {
                            to.stops().load().decrementAndGet();
                            try {
                                serving.serve(to, made, by);
                            } catch (Throwable refused) {
                                to.driverInUse().close(made, true);
                                by.refused();
                                to.report(refused);
                            }
                        },
                        () -> to.driverInUse().close(made, true))
                .to(to);
    }

    // Listening.

    @Override
    public @Nullable Endpoint local() {
        return local;
    }

    @Override
    public void pause() {
        for (Part each : parts) {
            each.loop.later(() -> {
                each.onAcceptor(Acceptor::pause);
                each.onSocket(MessageConnection::pause);
            });
        }
    }

    @Override
    public void resume() {
        for (Part each : parts) {
            each.loop.later(() -> {
                each.onAcceptor(Acceptor::resume);
                each.onSocket(MessageConnection::resume);
            });
        }
    }

    @Override
    public long accepted() {
        long[] sum = {0};
        parts.forEach(each -> each.onAcceptor(mine -> sum[0] += mine.accepted()));
        return sum[0];
    }

    @Override
    public long turnedAway() {
        long[] sum = {0};
        parts.forEach(each -> each.onAcceptor(mine -> sum[0] += mine.turnedAway()));
        return sum[0];
    }

    @Override
    public void left() {
        gone.increment();
    }

    @Override
    public long connections() {
        return Math.max(0, accepted() - gone.sum());
    }

    @Override
    public List<LinuxSocket> sockets() {
        return sockets.stream().filter(LinuxSocket::isOpen).toList();
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        open = false;
        for (Part each : parts) {
            each.loop.later(() -> {
                each.onAcceptor(Acceptor::close);
                each.onSocket(MessageConnection::close);
            });
        }
    }

    @Override
    public CompletableFuture<DrainReport> drain(Duration grace) {
        open = false;
        long until = System.nanoTime() + Timers.nanos(grace);
        // No loop hands over any more when the first is asked to drain.
        return group.onAll(this::closeAcceptors).thenCompose(done -> drain(until, true));
    }

    @Override
    public CompletableFuture<DrainReport> drainConnections(Duration grace) {
        return drain(System.nanoTime() + Timers.nanos(grace), false);
    }

    private CompletableFuture<Void> closeAcceptors(Loop loop) {
        for (Part each : parts) {
            if (each.loop == loop) {
                each.onAcceptor(Acceptor::close);
            }
        }
        return CompletableFuture.completedFuture(null);
    }

    private CompletableFuture<DrainReport> drain(long until, boolean whole) {
        Duration left = Duration.ofNanos(Math.max(0, until - System.nanoTime()));
        var all = CompletableFuture.completedFuture(DrainReport.NOTHING);
        for (Loop each : group.loops()) {
            var one =
                    LoopGroup.on(
                                    each,
                                    () ->
                                            whole
                                                    ? each.stops().drain(this, left)
                                                    : each.stops().drainConnections(this, left))
                            .exceptionally(gone -> DrainReport.NOTHING);
            all = all.thenCombine(one, DrainReport::and);
        }
        return all;
    }

    @Override
    public String toString() {
        return "Listening[" + local + "]";
    }
}
