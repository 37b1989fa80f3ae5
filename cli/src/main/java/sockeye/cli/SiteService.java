// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.reactor.DrainReport;
import sockeye.reactor.HostObserver;
import sockeye.reactor.ListeningService;
import sockeye.reactor.Reactor;
import sockeye.reactor.ServiceContext;
import sockeye.reactor.ServiceHost;
import sockeye.server.ServerSettings;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A site that a tree of services starts and stops: on the reactor of the tree. */
final class SiteService implements ListeningService {
    private final Site site;
    private final Offer offer;
    private CompletableFuture<List<ServiceHost>> opening =
            CompletableFuture.completedFuture(List.of());
    private volatile @Nullable Endpoint local;

    SiteService(Site site, Offer offer) {
        this.site = site;
        this.offer = offer;
    }

    @Override
    public String name() {
        return offer.name();
    }

    @Override
    public @Nullable Endpoint local() {
        return local;
    }

    @Override
    public CompletionStage<?> start(ServiceContext context) {
        Reactor reactor = context.reactor();
        // To look up a name waits, and so does the lock on the name of a socket.
        opening = reactor.callBlocking(() -> open(reactor));
        // A copy: who gives up the start does not forget what is open by then.
        return opening.copy();
    }

    private List<ServiceHost> open(Reactor reactor) throws IOException {
        var settings =
                ServerSettings.DEFAULT
                        .withAccess(site.guard().access())
                        .withLimits(site.guard().limits());
        var terms = new Engine.Terms(offer, settings, new HostObserver() {});
        var hosts = new ArrayList<ServiceHost>();
        try (var succession = Succession.begin(null)) {
            for (Served each : site.open(terms, ReactorEngine.on(reactor), succession)) {
                hosts.add(((ReactorEngine.Hosted) each).host());
            }
        }
        local = hosts.getFirst().local();
        return hosts;
    }

    @Override
    public CompletionStage<?> stop(Duration grace) {
        return opening.exceptionally(failed -> List.of())
                .thenCompose(hosts -> stop(hosts, grace))
                .whenComplete((report, thrown) -> {
                    local = null;
                });
    }

    private static CompletableFuture<DrainReport> stop(List<ServiceHost> hosts, Duration grace) {
        var all = CompletableFuture.completedFuture(DrainReport.NOTHING);
        for (ServiceHost each : hosts) {
            all = all.thenCombine(each.stop(grace), DrainReport::and);
        }
        return all;
    }

    @Override
    public String toString() {
        return "Service[" + name() + ", " + local + "]";
    }
}
