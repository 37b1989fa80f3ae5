// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.ActivatedSockets;
import sockeye.Deadline;
import sockeye.EndpointSpec;
import sockeye.Handover;
import sockeye.HasDescriptor;
import sockeye.Predecessor;
import sockeye.Role;
import sockeye.ServiceManager;
import sockeye.SocketInterruptedException;
import sockeye.Successor;
import sockeye.UnixEndpoint;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/**
 * Who served before, and who will: sockets that are there already are used again, and given on. By
 * {@code --handover} from process to process; by the service manager's store from run to run.
 */
final class Succession implements AutoCloseable {
    /** What the names of stored sockets begin with; no name of a socket unit has a blank. */
    private static final String STORED = "sockeye ";

    private static final Duration TO_ANSWER = Duration.ofSeconds(10);

    private final @Nullable UnixEndpoint place;
    private final @Nullable Predecessor before;
    private final ActivatedSockets activated;
    private @Nullable Handover handover;

    private Succession(
            @Nullable UnixEndpoint place,
            @Nullable Predecessor before,
            ActivatedSockets activated) {
        this.place = place;
        this.before = before;
        this.activated = activated;
    }

    /**
     * Asks who is there.
     *
     * @param place where processes meet to hand over; null if they do not
     */
    static Succession begin(@Nullable UnixEndpoint place) throws IOException {
        ActivatedSockets activated = ActivatedSockets.ofProcess();
        Predecessor before =
                place == null
                        ? null
                        : Predecessor.find(place, Deadline.after(TO_ANSWER)).orElse(null);
        return new Succession(place, before, activated);
    }

    /**
     * What an endpoint is called among generations: neither wrappers nor options are the socket's.
     */
    static String name(EndpointSpec spec) {
        return spec.forListening().withWrappers(List.of()).withOptions(Map.of()).toString();
    }

    private static String storedName(String name) {
        return STORED + name.replace(":", "%3A");
    }

    /** The sockets of an endpoint that are there already; none if it has to be opened. */
    List<Role> take(EndpointSpec spec) throws IOException {
        String name = name(spec);
        List<Role> inherited = before == null ? List.of() : before.take(name);
        return inherited.isEmpty() ? activated.takeRoles(storedName(name)) : inherited;
    }

    /** The process that serves until we are ready; empty if there is none. */
    Optional<Predecessor> predecessor() {
        return Optional.ofNullable(before);
    }

    /**
     * We serve: whoever did before learns it, and whoever comes next finds us.
     *
     * @param servers all there are, by the name of their endpoint
     * @throws IOException if who served before goes on: then we must not
     */
    void ready(Map<Served, String> servers) throws IOException {
        if (place == null) {
            return;
        }
        Handover next = before == null ? Handover.at(place) : Handover.after(before);
        handover = next;
        servers.forEach((server, name) -> server.sources().forEach(each -> next.offer(name, each)));
        if (before != null) {
            before.ready(Deadline.after(TO_ANSWER));
        }
    }

    /** Has the service manager keep what it can, and let go of what nobody wants any more. */
    void store(ServiceManager manager, Map<Served, String> servers) throws IOException {
        for (var each : servers.entrySet()) {
            Served server = each.getKey();
            if (!(server.local() instanceof UnixEndpoint unix) || !unix.isPath()) {
                manager.store(
                        storedName(each.getValue()),
                        server.sources().toArray(HasDescriptor[]::new));
            }
        }
        for (String name : activated.names()) {
            if (name.startsWith(STORED)) {
                manager.remove(name);
                for (var unwanted : activated.take(name)) {
                    unwanted.close();
                }
            }
        }
    }

    /** Hears how the one before has ended, on a thread of its own. */
    void followPredecessor(Consumer<String> say) {
        Predecessor old = before;
        if (old == null) {
            return;
        }
        Thread.ofVirtual()
                .name("predecessor")
                .start(() -> {
                    try {
                        String end = old.awaitEnd(Deadline.NONE).orElse("ended");
                        say.accept("process " + old.pid() + " " + end);
                    } catch (IOException closed) {
                        // We are ending ourselves.
                    }
                });
    }

    /** Waits until it is time to stop, or somebody has taken over; who, in the latter case. */
    Optional<Successor> await(Serve.Stop stop) throws InterruptedException, IOException {
        Handover next = handover;
        if (next == null) {
            stop.await();
            return Optional.empty();
        }
        var end = new CompletableFuture<Optional<Successor>>();
        var threads = new ArrayList<Thread>();
        threads.add(
                start(
                        "signals",
                        () -> {
                            stop.await();
                            end.complete(Optional.empty());
                        },
                        end));
        Thread waiting =
                start(
                        "handover",
                        () -> {
                            Successor found = next.await();
                            if (!end.complete(Optional.of(found))) {
                                // Told to stop at the very moment: the successor serves all the
                                // same.
                                found.close();
                            }
                        },
                        end);
        try {
            Optional<Successor> successor = end.get();
            if (successor.isEmpty()) {
                waiting.interrupt();
                waiting.join();
            }
            return successor;
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof IOException io ? io : new IOException(failed);
        } finally {
            threads.forEach(Thread::interrupt);
        }
    }

    private interface Waiting {
        void run() throws IOException, InterruptedException;
    }

    private static Thread start(String name, Waiting waiting, CompletableFuture<?> end) {
        return Thread.ofVirtual()
                .name(name)
                .start(() -> {
                    try {
                        waiting.run();
                    } catch (InterruptedException | SocketInterruptedException over) {
                        // The other has ended it.
                    } catch (IOException | RuntimeException failed) {
                        end.completeExceptionally(failed);
                    }
                });
    }

    /** Ends it: nobody can take over any more. */
    @Override
    public void close() throws IOException {
        Handover waiting = handover;
        try {
            if (waiting != null) {
                waiting.close();
            }
        } finally {
            if (before != null) {
                before.close();
            }
        }
    }
}
