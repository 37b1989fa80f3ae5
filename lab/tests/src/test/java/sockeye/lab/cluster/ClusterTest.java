// SPDX-License-Identifier: Apache-2.0
package sockeye.lab.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

import sockeye.Deadline;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.MessageSocket;
import sockeye.StreamSocket;
import sockeye.TipcEndpoint;
import sockeye.TipcLinkState;
import sockeye.TipcNode;
import sockeye.TipcTopology;
import sockeye.lab.Agent;
import sockeye.lab.Agent.Remote;
import sockeye.testkit.Task;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Two nodes, two links between them: two kernels of the lab. The tests run on the first node; an
 * agent on the second does what they ask for. Nothing is waited for by the clock: the topology
 * service tells what has happened.
 */
@Tag("lab-kernel")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@SuppressWarnings("try") // servers that need only be there
class ClusterTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String PYTHON_SERVER =
            """
            import socket, sys
            server = socket.socket(socket.AF_TIPC, socket.SOCK_SEQPACKET)
            scope = socket.TIPC_CLUSTER_SCOPE
            server.bind((socket.TIPC_ADDR_NAMESEQ, int(sys.argv[1]), 1, 1, scope))
            server.listen(5)
            print('listening', flush=True)
            client, peer = server.accept()
            client.send(client.recv(1000).upper())
            client.recv(1)
            """;

    private static final String PYTHON_CLIENT =
            """
            import socket, sys
            client = socket.socket(socket.AF_TIPC, socket.SOCK_SEQPACKET)
            client.connect((socket.TIPC_ADDR_NAME, int(sys.argv[1]), 1, 0))
            client.send(b'who')
            print(client.recv(1000).decode(), flush=True)
            """;

    private static Remote second;

    @BeforeAll
    static void findTheOtherNode() throws IOException {
        second = Remote.of(2);
    }

    @AfterAll
    static void leaveIt() throws IOException {
        second.close();
    }

    private static String call(TipcEndpoint service) throws IOException {
        try (var client = MessageSocket.connectSeqpacket(service)) {
            client.readDeadline(Deadline.after(PATIENCE));
            client.send("who");
            var answer = client.receive(ByteBuffer.allocate(1_000));
            return answer == null ? "nothing" : text(answer.payload());
        }
    }

    private static String text(ByteBuffer payload) {
        return StandardCharsets.UTF_8.decode(payload.duplicate()).toString();
    }

    /** Waits for as many offers of a service as are wanted. */
    private static void await(TipcEndpoint.ServiceRange services, int wanted) throws IOException {
        try (var topology = TipcTopology.open()) {
            topology.readDeadline(Deadline.after(PATIENCE));
            topology.subscribe(services);
            var offers = new TreeSet<String>();
            while (offers.size() != wanted) {
                switch (topology.next()) {
                    case TipcTopology.Published up -> offers.add(up.socket().toString());
                    case TipcTopology.Withdrawn down -> offers.remove(down.socket().toString());
                    case TipcTopology.TimedOut over -> throw new AssertionError(over);
                }
            }
        }
    }

    @Test
    @Order(1)
    @Tag("A6-07")
    void aServiceOfTheOtherNodeIsFoundAndCalledByItsName() throws Exception {
        second.ask("name", "18001", "1", "there");
        var found = TipcTopology.waitForService(18_001, 1, PATIENCE).orElseThrow();
        assertEquals(second.address(), found.node());
        assertNotEquals(TipcNode.own(), found.node());
        assertEquals("there", call(TipcEndpoint.service(18_001, 1)));
        assertEquals("there", call(TipcEndpoint.service(18_001, 1).at(second.address())));
        second.ask("close", "there");
        await(TipcEndpoint.range(18_001, 1, 1), 0);
    }

    @Test
    @Order(2)
    void threeInstancesOnTwoNodesShareTheCalls() throws Exception {
        var service = TipcEndpoint.service(18_002, 5);
        second.ask("name", "18002", "5", "a");
        second.ask("name", "18002", "5", "b");
        try (var here = Agent.named(service, "c")) {
            await(service.all(), 3);
            Set<String> who = new TreeSet<>();
            for (int i = 0; i < 12; i++) {
                who.add(call(service));
            }
            assertEquals(Set.of("a", "b", "c"), who);
            // With a domain it is one of that node.
            for (int i = 0; i < 4; i++) {
                assertEquals("c", call(service.at(TipcNode.own())));
                assertNotEquals("c", call(service.at(second.address())));
            }
        }
        second.ask("close", "a");
        await(service.all(), 1);
        assertEquals("b", call(service));
        second.ask("close", "b");
    }

    @Test
    @Order(3)
    void pythonOnTheOtherNodeIsCalledAndCalls() throws Exception {
        second.ask("start", "server", "/usr/bin/python3", "-c", PYTHON_SERVER, "18003");
        assertEquals("listening", second.ask("line", "server"));
        await(TipcEndpoint.range(18_003, 1, 1), 1);
        assertEquals("WHO", call(TipcEndpoint.service(18_003, 1)));
        second.ask("end", "server");
        try (var ours = Agent.named(TipcEndpoint.service(18_004, 1), "here")) {
            second.ask("start", "client", "/usr/bin/python3", "-c", PYTHON_CLIENT, "18004");
            assertEquals("here", second.ask("line", "client"));
            second.ask("end", "client");
        }
    }

    @Test
    @Order(4)
    void theToolsTableOfNamesIsOurs() throws Exception {
        second.ask("name", "18005", "7", "there");
        try (var here = Agent.named(TipcEndpoint.service(18_005, 8), "here")) {
            await(TipcEndpoint.all(18_005), 2);
            var ours =
                    TipcTopology.lookUp(TipcEndpoint.all(18_005)).stream()
                            .map(each -> row(each.service(), each.socket()))
                            .collect(Collectors.toCollection(TreeSet::new));
            var tools =
                    output("tipc", "nametable", "show").stream()
                            .map(line -> List.of(line.strip().split(" +")))
                            .filter(row -> row.getFirst().equals("18005"))
                            .map(row ->
                                    row.get(1)
                                            + " "
                                            + row.get(2)
                                            + " "
                                            + port(row)
                                            + " "
                                            + row.getLast())
                            .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(2, ours.size());
            assertEquals(tools, ours);
        }
        second.ask("close", "there");
    }

    private static String row(TipcEndpoint.ServiceRange service, TipcEndpoint.SocketId socket) {
        try {
            return service.lower()
                    + " "
                    + service.upper()
                    + " "
                    + socket.ref()
                    + " "
                    + TipcNode.identity(socket.node());
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
    }

    /** Type, lower, upper, scope, port, node. */
    private static String port(List<String> row) {
        return row.get(row.size() - 2);
    }

    @Test
    @Order(5)
    void aCutLinkOfTwoIsNotNoticed() throws Exception {
        second.ask("echo", "18006", "1", "echo");
        await(TipcEndpoint.range(18_006, 1, 1), 1);
        byte[] sent = new byte[200_000];
        new Random(1).nextBytes(sent);
        try (var topology = TipcTopology.open();
                var client = StreamSocket.connect(TipcEndpoint.service(18_006, 1))) {
            client.readDeadline(Deadline.after(PATIENCE));
            topology.readDeadline(Deadline.after(PATIENCE));
            topology.subscribe(TipcLinkState.ALL);
            for (int up = 0; up < 2; ) {
                up += TipcLinkState.of(topology.next()).orElseThrow().up() ? 1 : 0;
            }
            assertArrayEquals(sent, echoed(client, sent));

            var cut = Task.run(() -> lab("down", "1"));
            while (TipcLinkState.of(topology.next()).orElseThrow().up()) {
                // A link that was there already.
            }
            cut.join();
            assertArrayEquals(sent, echoed(client, sent));

            lab("up", "1");
            while (!TipcLinkState.of(topology.next()).orElseThrow().up()) {
                // The one that was cut.
            }
            assertArrayEquals(sent, echoed(client, sent));
        }
        second.ask("close", "echo");
    }

    private static byte[] echoed(StreamSocket client, byte[] sent) throws Exception {
        var writer = Task.run(() -> client.write(sent));
        byte[] got = new byte[sent.length];
        for (int done = 0; done < got.length; ) {
            int count = client.read(got, done, got.length - done);
            assertTrue(count > 0, "the connection ended");
            done += count;
        }
        writer.join();
        return got;
    }

    @Test
    @Order(6)
    void theCommandOnTwoNodesIsOneService() throws Exception {
        var service = TipcEndpoint.service(18_888, 17);
        second.ask(command("start", "stamps", "serve", "tipc-seqpacket:18888/17"));
        await(service.all(), 1);
        assertTrue(call(service).endsWith("] who"), "from there");
        var here = new ProcessBuilder(command("serve", "tipc-seqpacket:18888/17")).start();
        try {
            await(service.all(), 2);
            assertTrue(call(service).endsWith("] who"), "from here");
        } finally {
            here.destroyForcibly().waitFor();
        }
        // The client says the same and neither knows nor cares that another one answers now.
        await(service.all(), 1);
        assertTrue(call(service).endsWith("] who"), "from there again");
        var talk = new ProcessBuilder(command("connect", "tipc-seqpacket:18888/17")).start();
        try (var to = talk.outputWriter();
                var from = talk.inputReader()) {
            to.write("hello\n");
            to.flush();
            assertTrue(from.readLine().endsWith("] hello"));
        } finally {
            talk.destroyForcibly().waitFor();
        }
        second.ask("end", "stamps");
        await(service.all(), 0);
    }

    @Test
    @Order(7)
    void whenANodeDiesItsCallsFailAndAReplicaTakesOver() throws Exception {
        var service = TipcEndpoint.service(18_007, 1);
        second.ask("name", "18007", "1", "there");
        await(service.all(), 1);
        try (var topology = TipcTopology.open();
                var client = MessageSocket.connectSeqpacket(service);
                var replica = Agent.named(service, "here")) {
            topology.readDeadline(Deadline.after(PATIENCE));
            topology.subscribe(service.all());
            client.readDeadline(Deadline.after(PATIENCE));
            client.send("wait");
            var call = Task.call(() -> client.receive(ByteBuffer.allocate(100))).parked();

            lab("kill", "2");

            TipcTopology.Event event;
            do {
                event = topology.next();
            } while (!(event instanceof TipcTopology.Withdrawn));
            assertEquals(second.address(), ((TipcTopology.Withdrawn) event).socket().node());
            var failure = call.failure(IOException.class);
            assertEquals(Errno.ECONNRESET, ((ErrnoFailure) failure).errno());
            assertTrue(failure.getMessage().contains("tipc-seqpacket"), failure.getMessage());
            assertEquals("here", call(service));
        }
    }

    private static String[] command(String... args) {
        var words = new ArrayList<String>();
        int at = 0;
        if (args[0].equals("start")) {
            words.addAll(List.of(args[0], args[1]));
            at = 2;
        }
        words.add(System.getProperty("java.home") + "/bin/java");
        words.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        words.addAll(List.of("--enable-native-access=ALL-UNNAMED"));
        words.addAll(List.of("-classpath", System.getProperty("java.class.path")));
        words.add("sockeye.cli.Main");
        words.addAll(List.of(args).subList(at, args.length));
        return words.toArray(String[]::new);
    }

    private static void lab(String... words) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("lab"));
        command.addAll(List.of(words));
        assertEquals(List.of(), output(command.toArray(String[]::new)));
    }

    private static List<String> output(String... command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            var all = lines.lines().toList();
            assertEquals(0, process.waitFor(), () -> String.join("\n", all));
            return all;
        }
    }
}
