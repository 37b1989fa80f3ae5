// SPDX-License-Identifier: Apache-2.0
package sockeye.lab;

import org.jspecify.annotations.Nullable;

import sockeye.Deadline;
import sockeye.MessageSocket;
import sockeye.TipcEndpoint;
import sockeye.TipcTopology;
import sockeye.server.Server;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the second node of a cluster runs: it does what the tests on the first node ask for, over
 * TIPC itself. {@link Remote} is the other side.
 */
public final class Agent {
    /** The service type at which a node's agent listens; the instance is the node's number. */
    private static final long TYPE = 4_712;

    /** Between the words of a request, which may have line ends. */
    private static final String UNIT = "\u001f";

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Map<String, Server> servers = new ConcurrentHashMap<>();
    private final Map<String, Program> programs = new ConcurrentHashMap<>();

    private record Program(Process process, BufferedReader output) {}

    private Agent() {}

    /** Serves until its node is switched off. */
    static void serve(int node) throws IOException, InterruptedException {
        var agent = new Agent();
        Server.seqpacket(
                        TipcEndpoint.service(TYPE, node),
                        client -> {
                            var room = ByteBuffer.allocate(TipcEndpoint.MAX_MESSAGE);
                            for (var asked = client.receive(room);
                                    asked != null;
                                    asked = client.receive(room.clear())) {
                                client.send(agent.answer(text(asked.payload())));
                            }
                        })
                .join();
    }

    /** A service that says its name to whoever says anything but "wait"; then it says nothing. */
    public static Server named(TipcEndpoint service, String name) throws IOException {
        return Server.seqpacket(
                service,
                client -> {
                    var room = ByteBuffer.allocate(1_024);
                    for (var asked = client.receive(room);
                            asked != null;
                            asked = client.receive(room.clear())) {
                        if (!text(asked.payload()).equals("wait")) {
                            client.send(name);
                        }
                    }
                });
    }

    /** Never empty: TIPC discards empty messages. */
    private String answer(String request) {
        var word = List.of(request.split(UNIT));
        try {
            return switch (word.getFirst()) {
                case "name" -> {
                    var service = TipcEndpoint.service(number(word.get(1)), number(word.get(2)));
                    servers.put(word.get(3), named(service, word.get(3)));
                    yield "done";
                }
                case "echo" -> {
                    var service = TipcEndpoint.service(number(word.get(1)), number(word.get(2)));
                    servers.put(
                            word.get(3),
                            Server.stream(
                                    service,
                                    client -> {
                                        var bytes = new byte[65_536];
                                        for (int n; (n = client.read(bytes)) >= 0; ) {
                                            client.write(bytes, 0, n);
                                        }
                                    }));
                    yield "done";
                }
                case "close" -> {
                    known(servers.remove(word.get(1))).close();
                    yield "done";
                }
                case "start" -> {
                    var process =
                            new ProcessBuilder(word.subList(2, word.size()))
                                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                                    .start();
                    var output = process.inputReader(StandardCharsets.UTF_8);
                    programs.put(word.get(1), new Program(process, output));
                    yield "done";
                }
                case "line" -> String.valueOf(known(programs.get(word.get(1))).output.readLine());
                case "end" -> {
                    known(programs.remove(word.get(1))).process.destroyForcibly();
                    yield "done";
                }
                default -> "? " + request;
            };
        } catch (IOException | RuntimeException failed) {
            return "? " + failed;
        }
    }

    private static <T> T known(@Nullable T named) {
        return Objects.requireNonNull(named, "nothing has that name");
    }

    private static long number(String word) {
        return Long.parseLong(word);
    }

    private static String text(ByteBuffer payload) {
        return StandardCharsets.UTF_8.decode(payload.duplicate()).toString();
    }

    /** The agent of another node, as the tests see it. */
    public static final class Remote implements AutoCloseable {
        private final MessageSocket agent;
        private final long address;

        private Remote(MessageSocket agent, long address) {
            this.agent = agent;
            this.address = address;
        }

        /** Waits until a node's agent is there, and connects to it. */
        public static Remote of(int node) throws IOException {
            var found = TipcTopology.waitForService(TYPE, node, PATIENCE).orElseThrow();
            var agent = MessageSocket.connectSeqpacket(TipcEndpoint.service(TYPE, node));
            return new Remote(agent, found.node());
        }

        /** The TIPC address of its node. */
        public long address() {
            return address;
        }

        /** Has the node do something; see the agent's source for what it can do. */
        public String ask(String... words) throws IOException {
            agent.readDeadline(Deadline.after(PATIENCE));
            agent.send(String.join(UNIT, words));
            var answer = agent.receive(ByteBuffer.allocate(TipcEndpoint.MAX_MESSAGE));
            if (answer == null || text(answer.payload()).startsWith("? ")) {
                var why = answer == null ? "it has gone" : text(answer.payload());
                throw new IOException(String.join(" ", words) + ": " + why);
            }
            return text(answer.payload());
        }

        @Override
        public void close() throws IOException {
            agent.close();
        }
    }
}
