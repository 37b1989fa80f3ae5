// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import sockeye.server.Server;
import sockeye.server.ServerSettings;
import sockeye.server.StopReport;
import sockeye.wire.AnswerRules;

import java.io.FileInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;

/**
 * The command {@code serve}.
 *
 * @param postings what to serve where
 * @param services what is said about services
 * @param answers whom datagrams are answered to, and how much
 * @param guard who is let in
 * @param backlog how many connections may wait, −1 for the usual number
 * @param drain how long to finish what is in flight
 * @param quiet whether to keep to oneself who comes and goes
 * @param verbose whether to print the origin of failures, and totals
 */
record Serve(
        List<Posting> postings,
        Offer.Settings services,
        AnswerRules answers,
        Guard guard,
        int backlog,
        Duration drain,
        boolean quiet,
        boolean verbose) {

    private static final String SOMAXCONN = "/proc/sys/net/core/somaxconn";

    /** A server, and what to call it. */
    private record Running(Server server, String name) {}

    /** Tells when it is time to stop. */
    @FunctionalInterface
    interface Stop {
        /** Waits for that. */
        void await() throws InterruptedException;
    }

    /** Serves until it is told to stop. Returns the exit code. */
    int run(Stdio stdio, Stop stop) throws IOException {
        var offers = new HashMap<String, Offer>();
        var sites = new ArrayList<Site>();
        for (Posting each : postings) {
            var site = new Site(each.spec(), backlog, each.service());
            if (!offers.containsKey(each.service())) {
                offers.put(each.service(), Offer.of(each.service(), services));
            }
            sites.add(site);
        }
        var running = new ArrayList<Running>();
        try (var announcer = new Announcer(stdio.out())) {
            try {
                sayCap(sites, announcer);
                for (Site site : sites) {
                    open(site, offers, announcer, running);
                    site.watch(announcer::say);
                }
                stop.await();
                announcer.say("stopping");
                stop(running, announcer);
            } finally {
                running.forEach(each -> each.server.close());
                for (Site site : sites) {
                    site.close();
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
        return 0;
    }

    private void open(
            Site site, Map<String, Offer> offers, Announcer announcer, List<Running> running)
            throws IOException {
        Offer offer = Objects.requireNonNull(offers.get(site.service()));
        boolean several = postings.size() > 1;
        var guests = new Guestbook(announcer, offer.unit(), site.scheme(), several, quiet, verbose);
        var settings =
                ServerSettings.DEFAULT
                        .withDrain(drain)
                        .withObserver(guests)
                        .withAccess(guard.access())
                        .withLimits(guard.limits().withAnswers(answers));
        for (Server server : site.open(offer, settings)) {
            String name = site.transport() + ":" + site.found(server);
            running.add(new Running(server, name));
            String what = site.isConnected() ? "connection" : "messages";
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
    private void stop(List<Running> running, Announcer announcer) {
        try (var together = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Running each : running) {
                together.execute(() -> sayEnd(each, each.server.stop(drain), announcer));
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
        long rejected = 0;
        for (long each : ended.server.statistics().connections().rejected().values()) {
            rejected += each;
        }
        if (rejected > 0) {
            line.append(", ").append(rejected).append(" turned away");
        }
        var datagrams = ended.server.statistics().datagrams();
        if (verbose && datagrams.received() + datagrams.lost() > 0) {
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
