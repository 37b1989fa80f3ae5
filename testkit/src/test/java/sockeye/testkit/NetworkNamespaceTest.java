// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.AddressFamily;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.HasDescriptor;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.NetworkNamespace;
import sockeye.SocketType;
import sockeye.StreamSocket;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;

/** Sockets in namespaces other than the process's. */
@ExtendWith(NoLeaks.class)
class NetworkNamespaceTest {

    @Test
    void aFreshNetworkHasALoopbackLinkThatIsUpAndNothingElse() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            List<String> links = network.run("ip", "-o", "link").lines().toList();
            assertEquals(1, links.size(), links::toString);
            assertTrue(links.getFirst().contains("lo: <LOOPBACK,UP,LOWER_UP>"), links::toString);
        }
    }

    @Test
    void aPortThatIsTakenHereIsFreeThere() throws Exception {
        try (TestNetwork network = TestNetwork.create();
                var here = Listener.stream(InetEndpoint.loopback(0));
                var there = network.call(() -> Listener.stream(here.local()))) {
            assertEquals(here.local(), there.local());
            assertEquals(network.namespace().inode(), inode(there));
            assertNotEquals(inode(here), inode(there));
        }
    }

    private static long inode(HasDescriptor socket) throws IOException {
        try (NetworkNamespace of = NetworkNamespace.of(socket)) {
            return of.inode();
        }
    }

    private static LinuxSocket socket() throws IOException {
        return LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_STREAM);
    }

    private static long inodeOfNewSocket() throws IOException {
        try (LinuxSocket made = socket()) {
            return inode(made);
        }
    }

    @Test
    void aSocketBelongsToItsNamespaceWhereverItIsUsed() throws Exception {
        try (TestNetwork left = TestNetwork.create();
                TestNetwork right = TestNetwork.create()) {
            left.connect("east", right, "west");
            left.run("ip", "addr", "add", "192.0.2.1/24", "dev", "east");
            right.run("ip", "addr", "add", "192.0.2.2/24", "dev", "west");
            InetEndpoint any = InetEndpoint.of("192.0.2.1", 0);
            try (var listener = left.call(() -> Listener.stream(any));
                    var client = right.call(() -> StreamSocket.connect(listener.local()));
                    var server = listener.accept()) {
                assertEquals("192.0.2.2", ((InetEndpoint) server.peer()).address().toString());
                client.write("hello");
                assertArrayEquals("hello".getBytes(UTF_8), server.socket().recv(5));
                assertEquals(left.namespace().inode(), inode(server));
            }
            try (LinuxSocket stranger = socket()) {
                IOException failed = assertThrows(IOException.class, () -> stranger.bind(any));
                assertEquals(Errno.EADDRNOTAVAIL, ((ErrnoFailure) failed).errno());
            }
        }
    }

    @Test
    void callsNestAndTheInnermostDecides() throws Exception {
        try (TestNetwork outer = TestNetwork.create();
                TestNetwork inner = TestNetwork.create()) {
            outer.call(() -> {
                assertEquals(
                        inner.namespace().inode(),
                        inner.call(NetworkNamespaceTest::inodeOfNewSocket));
                assertEquals(outer.namespace().inode(), inodeOfNewSocket());
                return null;
            });
        }
    }

    @Test
    void aVirtualThreadCanBeInAnother() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            var task = new FutureTask<>(() -> network.call(NetworkNamespaceTest::inodeOfNewSocket));
            Thread.ofVirtual().start(task);
            assertEquals(network.namespace().inode(), task.get());
        }
    }

    @Test
    void aThreadThatIsStartedInsideIsOutside() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            var task = new FutureTask<>(NetworkNamespaceTest::inodeOfNewSocket);
            network.call(() -> Thread.ofPlatform().start(task));
            assertNotEquals(network.namespace().inode(), task.get());
        }
    }

    @Test
    void currentIsThatOfTheCallElseTheProcesss() throws Exception {
        try (TestNetwork network = TestNetwork.create();
                NetworkNamespace own = NetworkNamespace.current();
                NetworkNamespace inside = network.call(NetworkNamespace::current)) {
            assertEquals(
                    Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString(),
                    own.toString());
            assertEquals(network.namespace().inode(), inside.inode());
        }
    }

    @Test
    void aProcesssNamespaceAndANamedOneCanBeOpened() throws Exception {
        String name = "sockeye-" + ProcessHandle.current().pid();
        try (TestNetwork network = TestNetwork.create()) {
            Process child = network.start("cat");
            try (NetworkNamespace entered = NetworkNamespace.ofProcess(child.pid())) {
                // nsenter may not have entered yet.
                child.outputWriter().append("inside\n").close();
                assertEquals("inside", child.inputReader().readLine());
                assertTrue(entered.inode() > 0);
            } finally {
                child.destroyForcibly().waitFor();
            }
            network.run("ip", "netns", "add", name);
            try (NetworkNamespace named = NetworkNamespace.named(name)) {
                assertNotEquals(network.namespace().inode(), named.inode());
                assertEquals(named.inode(), named.call(NetworkNamespaceTest::inodeOfNewSocket));
            } finally {
                network.run("ip", "netns", "del", name);
            }
        }
    }

    @Test
    void aFileThatIsNoNamespaceIsRefusedBySetns() throws Exception {
        Path file = Files.createTempFile("sockeye", "");
        try (NetworkNamespace wrong = NetworkNamespace.at(file)) {
            var failed =
                    assertThrows(IOException.class, () -> wrong.call(NetworkNamespaceTest::socket));
            assertTrue(failed.getMessage().contains("setns"), failed::toString);
            assertEquals(Errno.EINVAL, ((ErrnoFailure) failed).errno());
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void aClosedOneMakesNoSockets() throws Exception {
        TestNetwork network = TestNetwork.create();
        network.close();
        assertThrows(
                ClosedChannelException.class, () -> network.call(NetworkNamespaceTest::socket));
        network.close();
    }

    @Test
    void aNameIsNoPath() {
        for (String name : List.of("", ".", "..", "a/b", "/run/netns/x")) {
            assertThrows(IllegalArgumentException.class, () -> NetworkNamespace.named(name));
        }
    }

    @Test
    void aToolThatFailsSaysWhy() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            var failed =
                    assertThrows(
                            IOException.class,
                            () -> network.run("ip", "link", "show", "dev", "nothing"));
            assertTrue(failed.getMessage().contains("does not exist"), failed::toString);
        }
    }
}
