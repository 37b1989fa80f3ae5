// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.Handover;
import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.Predecessor;
import sockeye.Role;
import sockeye.StreamSocket;
import sockeye.Successor;
import sockeye.UnixEndpoint;
import sockeye.testkit.NoLeaks;
import sockeye.wire.EchoService;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Servers that follow each other while clients connect, ask, are answered and leave, without a
 * pause: not one may be refused, reset or left without its answer. The generations are servers of
 * this process, with sockets of their own that went through a hand-over each; that it is the same
 * between processes is shown with the command.
 */
@ExtendWith(NoLeaks.class)
@Timeout(240)
@Tag("H4")
class RestartsUnderLoadTest {
    /** Fifty, unless the machine is small. */
    private static final int RESTARTS =
            Integer.getInteger("sockeye.much", 32 << 20) < 32 << 20 ? 10 : 50;

    private static final Duration LONG = Duration.ofMinutes(2);

    @TempDir private Path directory;

    private UnixEndpoint place() {
        return UnixEndpoint.of(directory.resolve("control"));
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofMinutes(1));
    }

    /** One run of the service: what it serves, and how it ends. */
    private final class Generation {
        final Map<String, Server> servers = new LinkedHashMap<>();
        final Thread life;
        volatile StopReport[] reports = {};

        /** Starts one, in place of the one that may be there; returns when it serves alone. */
        @SuppressWarnings("try") // the one before is waited for by its own test
        Generation(Map<String, Endpoint> at) throws IOException {
            Predecessor before = Predecessor.find(place(), soon()).orElse(null);
            try (before) {
                for (var each : at.entrySet()) {
                    List<Role> given = before == null ? List.of() : before.take(each.getKey());
                    Role role =
                            given.isEmpty()
                                    ? open(each.getKey(), each.getValue())
                                    : given.getFirst();
                    servers.put(each.getKey(), serve(role));
                }
                Handover next = before == null ? Handover.at(place()) : Handover.after(before);
                servers.forEach((name, server) -> next.offer(name, server.source()));
                if (before != null) {
                    before.ready(soon());
                }
                life = Thread.ofVirtual().start(() -> live(next));
            }
        }

        private void live(Handover next) {
            try (next;
                    Successor successor = next.await()) {
                reports =
                        servers.values().parallelStream()
                                .map(server -> server.retire(LONG, Duration.ZERO))
                                .toArray(StopReport[]::new);
                successor.report("done");
            } catch (IOException stopped) {
                servers.values().forEach(Server::close);
            }
        }

        void end() throws InterruptedException {
            life.interrupt();
            life.join();
        }
    }

    private static Role open(String name, Endpoint at) throws IOException {
        return switch (name) {
            case "records" -> Listener.seqpacket(at);
            case "datagrams", "unix-datagrams" -> MessageSocket.bind(at);
            default -> Listener.stream(at);
        };
    }

    @SuppressWarnings("unchecked") // its type says what it accepts
    private static Server serve(Role role) throws IOException {
        var echo = new EchoService();
        return switch (role) {
            case Listener<?> listener when listener.socket().type() == 1 ->
                    Server.stream(
                            (Listener<StreamSocket>) listener,
                            ServerSettings.DEFAULT,
                            StreamHandler.of(echo));
            case Listener<?> listener ->
                    Server.seqpacket(
                            (Listener<MessageSocket>) listener,
                            ServerSettings.DEFAULT,
                            MessageHandler.of(echo));
            case MessageSocket messages ->
                    Server.datagram(messages, ServerSettings.DEFAULT, DatagramHandler.of(echo));
            case StreamSocket none -> throw new AssertionError(none);
        };
    }

    /** Asks again and again, each time anew, until it is told to end. */
    private static final class Client {
        final String name;
        final AtomicLong answered = new AtomicLong();
        final Semaphore results = new Semaphore(0);
        final Queue<String> failures = new ConcurrentLinkedQueue<>();
        volatile boolean ending;
        final Thread thread;

        Client(String name, Endpoint at) {
            this.name = name;
            this.thread = Thread.ofVirtual().start(() -> run(at));
        }

        private void run(Endpoint at) {
            while (!ending) {
                try {
                    ask(at, "question " + answered.get());
                    answered.incrementAndGet();
                } catch (IOException | RuntimeException failed) {
                    failures.add(name + " after " + answered + ": " + failed);
                }
                results.release();
            }
        }

        private void ask(Endpoint at, String question) throws IOException {
            switch (name) {
                case "records" -> {
                    try (var socket = MessageSocket.connectSeqpacket(at)) {
                        exchange(socket, question);
                    }
                }
                case "datagrams", "unix-datagrams" -> {
                    try (var socket = MessageSocket.connect(at)) {
                        exchange(socket, question);
                    }
                }
                default -> {
                    try (var socket = StreamSocket.connect(at)) {
                        socket.readDeadline(soon());
                        socket.write(question + "\n");
                        require(question, String.valueOf(socket.reader().readLine()));
                    }
                }
            }
        }

        private static void exchange(MessageSocket socket, String question) throws IOException {
            socket.readDeadline(soon());
            socket.send(question);
            var answer = socket.receive(ByteBuffer.allocate(100));
            require(
                    question,
                    answer == null
                            ? "the end"
                            : StandardCharsets.UTF_8.decode(answer.payload()).toString());
        }

        private static void require(String question, String answer) throws IOException {
            if (!answer.equals(question)) {
                throw new IOException("wrong answer to " + question + ": " + answer);
            }
        }

        /** Waits until it has been answered, or failed, so often more. */
        void more(int times) throws InterruptedException {
            results.drainPermits();
            results.acquire(times);
        }
    }

    @Test
    void notOneClientFails() throws Exception {
        Path path = directory.resolve("service");
        var at = new LinkedHashMap<String, Endpoint>();
        at.put("tcp", InetEndpoint.loopback(0));
        at.put("unix", UnixEndpoint.of(path));
        at.put("records", UnixEndpoint.of(directory.resolve("records")));
        at.put("datagrams", InetEndpoint.loopback(0));
        at.put("unix-datagrams", UnixEndpoint.of(directory.resolve("datagrams")));
        var now = new Generation(at);
        var clients = new ArrayList<Client>();
        now.servers.forEach((name, server) -> clients.add(new Client(name, server.local())));
        clients.add(new Client("tcp", now.servers.get("tcp").local()));
        try {
            for (int i = 0; i < RESTARTS; i++) {
                for (Client each : clients) {
                    each.more(3);
                }
                Generation old = now;
                now = new Generation(at);
                old.life.join();
                for (StopReport each : old.reports) {
                    assertEquals(0, each.cutOff(), each::toString);
                    assertEquals(0, each.datagrams().dropped(), each::toString);
                }
                assertEquals(at.size(), old.reports.length, "not all have retired");
                assertTrue(Files.exists(path));
            }
            for (Client each : clients) {
                each.more(3);
            }
        } finally {
            for (Client each : clients) {
                each.ending = true;
                each.thread.join();
            }
            now.end();
        }
        for (Client each : clients) {
            assertEquals(List.of(), List.copyOf(each.failures));
            assertTrue(each.answered.get() >= RESTARTS, each.name + ": " + each.answered);
        }
        assertTrue(Files.notExists(path), "the last one removes the file");
    }
}
