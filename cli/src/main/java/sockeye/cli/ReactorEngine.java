// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.Role;
import sockeye.StreamSocket;
import sockeye.reactor.DrainReport;
import sockeye.reactor.DriverKind;
import sockeye.reactor.DriverReport;
import sockeye.reactor.HostSettings;
import sockeye.reactor.HostStatistics;
import sockeye.reactor.Reactor;
import sockeye.reactor.ReactorSettings;
import sockeye.reactor.ServiceHost;
import sockeye.server.ServerSettings;
import sockeye.server.ServerStatistics;
import sockeye.server.StopReport;
import sockeye.wire.MessageService;
import sockeye.wire.ProxyTrust;
import sockeye.wire.StreamService;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Serves by an event loop, which has a thread here. */
final class ReactorEngine implements Engine {
    private static final StopReport.Delivery NOT_TOLD = new StopReport.Delivery(0, 0, 0);

    private final Reactor reactor;

    /** Who runs it; null if that is somebody else's business. */
    private final @Nullable Thread thread;

    private volatile boolean answered = true;

    private ReactorEngine(Reactor reactor, @Nullable Thread thread) {
        this.reactor = reactor;
        this.thread = thread;
    }

    /** Serves on a reactor that somebody else runs, and closes. */
    static ReactorEngine on(Reactor reactor) {
        return new ReactorEngine(reactor, null);
    }

    /** Starts the loop, and says by what driver. */
    static Engine start(@Nullable DriverKind driver, Consumer<String> say) throws IOException {
        ReactorSettings settings = ReactorSettings.DEFAULT;
        var reactor = Reactor.open(driver == null ? settings : settings.withDriver(driver));
        say.accept("a reactor serves, by " + name(reactor.driver()));
        return new ReactorEngine(
                reactor, Thread.ofPlatform().name("reactor").start(() -> run(reactor, say)));
    }

    private static String name(DriverReport report) {
        return report.kind().name().toLowerCase(Locale.ROOT) + ": " + report.why();
    }

    private static void run(Reactor reactor, Consumer<String> say) {
        try {
            reactor.run();
        } catch (IOException | RuntimeException failed) {
            say.accept("the reactor has failed: " + failed.getMessage());
        }
    }

    private static HostSettings settings(Terms terms) {
        ServerSettings with = terms.with();
        return HostSettings.DEFAULT
                .withAccess(with.access())
                .withAdmission(with.limits().admission())
                .withTimes(with.limits().times())
                .withMaxMessage(with.limits().maxMessage())
                .withAnswers(with.limits().answers())
                .withObserver(terms.observer());
    }

    @Override
    public Served streams(
            Listener<StreamSocket> listener, List<Wrapper.OnServer> layers, Terms terms)
            throws IOException {
        StreamService service = terms.offer().streams();
        HostSettings how = settings(terms);
        for (Wrapper.OnServer each : layers) {
            how = how.withLayers(how.layers().then(each.onReactor()));
            ProxyTrust proxies = each.proxies();
            how = proxies == null ? how : how.withProxies(proxies);
        }
        HostSettings all = how;
        return serve(listener, () -> ServiceHost.streams(reactor, listener, service, all));
    }

    @Override
    public Served records(Listener<MessageSocket> listener, Terms terms) throws IOException {
        MessageService service = terms.offer().messages();
        HostSettings how = settings(terms);
        return serve(listener, () -> ServiceHost.records(reactor, listener, service, how));
    }

    @Override
    public Served datagrams(MessageSocket socket, Terms terms) throws IOException {
        MessageService service = terms.offer().messages();
        HostSettings how = settings(terms);
        return serve(socket, () -> ServiceHost.datagrams(reactor, socket, service, how));
    }

    /** Has a host made by the loop's own thread. */
    private Served serve(Role source, Supplier<ServiceHost> maker) throws IOException {
        try {
            return new Hosted(source, CompletableFuture.supplyAsync(maker, reactor).join());
        } catch (CompletionException failed) {
            throw new IOException(failed.getCause());
        } catch (RejectedExecutionException closed) {
            throw new IOException("the reactor has ended", closed);
        }
    }

    @Override
    public boolean answers() {
        boolean did = answered;
        answered = false;
        try {
            reactor.execute(() -> answered = true);
        } catch (RejectedExecutionException ended) {
            return false;
        }
        return did;
    }

    @Override
    public void close() {
        if (thread == null) {
            return;
        }
        reactor.close();
        try {
            thread.join();
        } catch (InterruptedException later) {
            Thread.currentThread().interrupt();
        }
    }

    /** One socket that the loop serves. */
    record Hosted(Role source, ServiceHost host) implements Served {
        @Override
        public Endpoint local() {
            return host.local();
        }

        @Override
        public StopReport stop(Duration drain) {
            return ended(() -> host.stop(drain));
        }

        @Override
        public StopReport retire(Duration stay, Duration lastCall) {
            return ended(() -> host.retire(stay, lastCall));
        }

        private static StopReport ended(Supplier<CompletableFuture<DrainReport>> how) {
            DrainReport end;
            try {
                end = how.get().join();
            } catch (RejectedExecutionException closed) {
                end = DrainReport.NOTHING;
            }
            return new StopReport(
                    end.finished(),
                    end.cutOff(),
                    end.took(),
                    NOT_TOLD,
                    new StopReport.Datagrams(end.handled(), 0));
        }

        @Override
        public long turnedAway() {
            return host.statistics().rejected().values().stream().mapToLong(Long::longValue).sum();
        }

        @Override
        public ServerStatistics.Datagrams datagrams() {
            HostStatistics all = host.statistics();
            return new ServerStatistics.Datagrams(
                    all.messages(),
                    all.truncated(),
                    all.undelivered(),
                    0,
                    all.denied(),
                    all.refused(),
                    0);
        }
    }
}
