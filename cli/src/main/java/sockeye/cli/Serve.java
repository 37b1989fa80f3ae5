// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.jspecify.annotations.Nullable;

import sockeye.Listener;
import sockeye.Successor;
import sockeye.UnixEndpoint;
import sockeye.reactor.HostObserver;
import sockeye.server.ServerObserver;
import sockeye.server.ServerSettings;
import sockeye.server.StopReport;
import sockeye.wire.AccessFormat;
import sockeye.wire.AnswerRules;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The command {@code serve}.
 *
 * @param postings what to serve where
 * @param services what is said about services
 * @param answers whom datagrams are answered to, and how much
 * @param guard who is let in
 * @param engine what serves
 * @param backlog how many connections may wait, −1 for the usual number
 * @param handover where to meet the process before and the one after; null to meet nobody
 * @param drain how long to finish what is in flight
 * @param telling what is told of it all
 */
record Serve(
        List<Posting> postings,
        Offer.Settings services,
        AnswerRules answers,
        Guard guard,
        Engine.Choice engine,
        int backlog,
        @Nullable UnixEndpoint handover,
        Duration drain,
        Telling telling) {

    /**
     * What is told.
     *
     * @param quiet whether to keep to oneself who comes and goes
     * @param verbose whether to print the origin of failures, and totals
     * @param log where a line for each connection goes; {@code -} for standard output, null for
     *     nowhere
     * @param format what that line is
     */
    record Telling(boolean quiet, boolean verbose, @Nullable String log, AccessFormat format) {
        /** The usual place among the other lines. */
        static final String OUTPUT = "-";
    }

    /** The log, and what tells it; closed when the servers are. */
    private record Log(
            AccessFormat format, @Nullable Consumer<String> lines, @Nullable AccessFile file)
            implements AutoCloseable {
        static Log open(Telling telling, Announcer announcer) throws IOException {
            String where = telling.log;
            if (where == null) {
                return new Log(telling.format, null, null);
            }
            if (where.equals(Telling.OUTPUT)) {
                return new Log(telling.format, announcer::say, null);
            }
            try {
                var file = new AccessFile(Path.of(where), announcer::say);
                return new Log(telling.format, file::say, file);
            } catch (FileSystemException cannot) {
                throw new IOException("the access log: " + TlsFiles.why(cannot), cannot);
            }
        }

        ServerObserver onThreads(Guestbook guests) {
            return lines == null
                    ? guests
                    : guests.and(ServerObserver.accessLog(format, new WholeLines(lines)));
        }

        HostObserver onReactor(Guestbook guests) {
            HostObserver told = guests.ofReactor();
            return lines == null
                    ? told
                    : told.and(HostObserver.accessLog(format, new WholeLines(lines)));
        }

        @Override
        public void close() {
            if (file != null) {
                file.close();
            }
        }
    }

    /** What connections get that have stayed too long after a hand-over. */
    private static final Duration LAST_CALL = Duration.ofSeconds(1);

    private static final String SOMAXCONN = "/proc/sys/net/core/somaxconn";

    /** A server, and what to call it. */
    private record Running(Served server, String name, Site site) {}

    /** Tells when it is time to stop. */
    @FunctionalInterface
    interface Stop {
        /** Waits for that. */
        void await() throws InterruptedException;

        /** What shall happen when somebody is in a hurry, after that. */
        default void hurry(Runnable cut) {}

        /** What to exit with in the end. */
        default int code() {
            return 0;
        }
    }

    /** Serves until it is told to stop. Returns the exit code. */
    int run(Stdio stdio, Stop stop) throws IOException {
        var offers = new HashMap<String, Offer>();
        var sites = new ArrayList<Site>();
        for (Posting each : postings) {
            var site = new Site(each.spec(), backlog, each.service(), guard);
            if (!offers.containsKey(each.service())) {
                offers.put(each.service(), Offer.of(each.service(), services));
            }
            sites.add(site);
        }
        var running = new ArrayList<Running>();
        try (var announcer = new Announcer(stdio.out());
                var log = Log.open(telling, announcer);
                var serving = engine.start(telling.quiet ? line -> {} : announcer::say);
                var succession = Succession.begin(handover);
                var supervision = Supervision.begin(announcer::say)) {
            try {
                sayCap(sites, announcer);
                for (Site site : sites) {
                    open(site, offers, serving, succession, announcer, log, running);
                    site.watch(announcer::say);
                }
                stop.hurry(() -> running.forEach(each -> each.server.close()));
                takeOver(succession, supervision, serving, running, announcer);
                var successor = succession.await(stop);
                if (successor.isPresent()) {
                    supervision.handedOver();
                    retire(successor.get(), stop, running, announcer);
                } else {
                    supervision.stopping();
                    announcer.say("stopping");
                    end(running, server -> server.stop(drain), announcer);
                }
            } finally {
                running.forEach(each -> each.server.close());
                for (Site site : sites) {
                    site.close();
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
        return stop.code();
    }

    private static void takeOver(
            Succession succession,
            Supervision supervision,
            Engine serving,
            List<Running> running,
            Announcer announcer)
            throws IOException {
        var servers = new LinkedHashMap<Served, String>();
        running.forEach(each -> servers.put(each.server, each.site.name()));
        succession.ready(servers);
        succession
                .predecessor()
                .ifPresent(old -> announcer.say("took over from process " + old.pid()));
        succession.followPredecessor(announcer::say);
        supervision.ready(succession, servers, serving::answers);
    }

    /** Somebody else has the sockets: who is connected may stay as long as the drain lasts. */
    private void retire(Successor successor, Stop stop, List<Running> running, Announcer announcer)
            throws IOException {
        announcer.say("handed over to process " + successor.pid());
        Thread hurried =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                stop.await();
                                running.forEach(each -> each.server.stop(LAST_CALL));
                            } catch (InterruptedException done) {
                                // It ended without.
                            }
                        });
        try (successor) {
            end(running, server -> server.retire(drain, LAST_CALL), announcer);
            successor.report(farewell(running));
        } finally {
            hurried.interrupt();
        }
    }

    private static String farewell(List<Running> running) {
        int finished = 0;
        int cutOff = 0;
        for (Running each : running) {
            StopReport report = each.server.stop(Duration.ZERO);
            finished += report.finished();
            cutOff += report.cutOff();
        }
        return "is done: %s finished, %d cut off"
                .formatted(Guestbook.count(finished, "connection"), cutOff);
    }

    private void open(
            Site site,
            Map<String, Offer> offers,
            Engine serving,
            Succession succession,
            Announcer announcer,
            Log log,
            List<Running> running)
            throws IOException {
        Offer offer = Objects.requireNonNull(offers.get(site.service()));
        boolean several = postings.size() > 1;
        var guests = new Guestbook(announcer, offer.unit(), site.scheme(), several, telling);
        var settings =
                ServerSettings.DEFAULT
                        .withDrain(drain)
                        .withObserver(log.onThreads(guests))
                        .withAccess(site.guard().access())
                        .withLimits(site.guard().limits().withAnswers(answers));
        var terms = new Engine.Terms(offer, settings, log.onReactor(guests));
        for (Served server : site.open(terms, serving, succession)) {
            String name = site.name(server);
            running.add(new Running(server, name, site));
            String what = server.source() instanceof Listener ? "connection" : "messages";
            String service = offers.size() > 1 ? offer.name() + ": " : "";
            announcer.say(service + "waiting for " + what + " on " + name);
        }
    }

    /** A backlog that the kernel cuts is cut in silence otherwise; listen(2). */
    private static void sayCap(List<Site> sites, Announcer announcer) {
        int asked = sites.stream().mapToInt(site -> site.backlog().orElse(0)).max().orElse(0);
        try (var file = new FileInputStream(SOMAXCONN)) {
            // In one read: the kernel gives nothing to a second one that does not start over.
            var text = new byte[32];
            int length = Math.max(0, file.read(text));
            int most = Integer.parseInt(new String(text, 0, length, US_ASCII).strip());
            if (asked > most) {
                announcer.say(
                        "the kernel caps the backlog of %d at net.core.somaxconn, %d"
                                .formatted(asked, most));
            }
        } catch (IOException | NumberFormatException unknown) {
            // Then there is nothing to say.
        }
    }

    /** Stops all at once, so that they share the time. */
    private void end(List<Running> running, Function<Served, StopReport> how, Announcer announcer) {
        try (var together = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Running each : running) {
                together.execute(() -> sayEnd(each, how.apply(each.server), announcer));
            }
        }
    }

    private void sayEnd(Running ended, StopReport report, Announcer announcer) {
        var line = new StringBuilder("stopped ").append(ended.name);
        if (report.finished() + report.cutOff() > 0) {
            line.append(", ").append(Guestbook.count(report.finished(), "connection"));
            line.append(" finished");
        }
        if (report.cutOff() > 0) {
            line.append(", ").append(report.cutOff()).append(" cut off after ");
            line.append(Quantity.text(report.took()));
        }
        long rejected = ended.server.turnedAway();
        if (rejected > 0) {
            line.append(", ").append(rejected).append(" turned away");
        }
        StopReport.Delivery delivery = report.delivery();
        if (delivery.incomplete() > 0) {
            line.append(", ").append(delivery.delivered()).append(" of ");
            line.append(delivery.written()).append(" bytes delivered, not all to ");
            line.append(Guestbook.count(delivery.incomplete(), "connection"));
        }
        StopReport.Datagrams last = report.datagrams();
        if (last.handled() + last.dropped() > 0) {
            line.append(", ").append(Guestbook.count(last.handled(), "queued message"));
            line.append(" handled, ").append(last.dropped()).append(" dropped");
        }
        var datagrams = ended.server.datagrams();
        if (telling.verbose && datagrams.received() + datagrams.lost() > 0) {
            line.append(", ").append(Guestbook.count(datagrams.received(), "message"));
            line.append(" received, ").append(datagrams.undelivered()).append(" not answered, ");
            line.append(datagrams.truncated()).append(" too long");
            datagrams
                    .refused()
                    .forEach((why, count) ->
                            line.append(", ")
                                    .append(count)
                                    .append(" refused since ")
                                    .append(Guestbook.said(why)));
            if (datagrams.lost() > 0) {
                line.append(", ").append(datagrams.lost()).append(" lost by the kernel");
            }
        }
        announcer.say(line.toString());
    }
}
