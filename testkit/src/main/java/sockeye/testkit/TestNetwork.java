// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

import sockeye.AddressFamily;
import sockeye.HasDescriptor;
import sockeye.LinuxSocket;
import sockeye.NetworkNamespace;
import sockeye.SocketType;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A network of the test's own: a fresh {@link NetworkNamespace} with the loopback link up and
 * nothing else, in which a test may break what it likes. Tools run in it as well, and pairs of
 * virtual Ethernet links (veth) tie two of them together.
 *
 * <pre>{@code
 * try (var left = TestNetwork.create(); var right = TestNetwork.create()) {
 *     left.connect("eth0", right, "eth0");
 *     left.run("ip", "addr", "add", "192.0.2.1/24", "dev", "eth0");
 *     var listener = left.call(() -> Listener.stream(InetEndpoint.any(0)));
 *     ...
 * }
 * }</pre>
 *
 * <p>Making one needs CAP_SYS_ADMIN and CAP_NET_ADMIN. Without them {@link #create} skips the
 * running test and says so; with the environment's {@code CI} set to {@code true} it fails it.
 * Closing lets go of the namespace: the kernel removes it, its links first, once the last socket in
 * it is closed.
 */
public final class TestNetwork implements AutoCloseable {
    private static final int PATIENCE = 30;
    private static final int SIOCGIFFLAGS = 0x8913;
    private static final int SIOCSIFFLAGS = 0x8914;
    private static final int IFF_UP = 1;
    private static final int IFREQ_BYTES = 40;
    private static final int IFR_FLAGS = 16;

    private final NetworkNamespace namespace;

    private TestNetwork(NetworkNamespace namespace) {
        this.namespace = namespace;
    }

    /** Why this machine cannot make one, or empty if it can. */
    public static Optional<String> missing() {
        try (TestNetwork made = make()) {
            return made.namespace.fileno() >= 0 ? Optional.empty() : Optional.of("closed at once");
        } catch (IOException refused) {
            return Optional.of("no network namespace: " + refused.getMessage());
        }
    }

    /** Makes one; skips the test, or under {@code CI} fails it, if that is not permitted. */
    public static TestNetwork create() throws IOException {
        try {
            return make();
        } catch (IOException refused) {
            String why = "no network namespace: " + refused.getMessage();
            if ("true".equals(System.getenv("CI"))) {
                return Assertions.fail(why, refused);
            }
            System.err.println("*** skipped: " + why);
            return Assumptions.abort(why);
        }
    }

    private static TestNetwork make() throws IOException {
        NetworkNamespace namespace = NetworkNamespace.create();
        try {
            var network = new TestNetwork(namespace);
            network.up("lo");
            return network;
        } catch (IOException | RuntimeException | Error failed) {
            try (namespace) {
                throw failed;
            }
        }
    }

    /** The namespace, open as long as this is. */
    public NetworkNamespace namespace() {
        return namespace;
    }

    /** Runs code whose sockets belong here; see {@link NetworkNamespace#call}. */
    public <T, X extends Throwable> T call(ScopedValue.CallableOp<? extends T, X> code) throws X {
        return namespace.call(code);
    }

    /** Sets a link up: ioctl(2), SIOCSIFFLAGS. */
    public void up(String link) throws IOException {
        byte[] name = link.getBytes(StandardCharsets.UTF_8);
        if (name.length >= IFR_FLAGS) {
            throw new IllegalArgumentException("no name of a link: " + link);
        }
        try (LinuxSocket socket =
                        call(() ->
                                LinuxSocket.socket(AddressFamily.AF_UNIX, SocketType.SOCK_DGRAM));
                HasDescriptor.Lease lease = socket.lease();
                Scratch scratch = Scratch.take()) {
            MemorySegment ifreq = scratch.memory().asSlice(Scratch.CONTROL, IFREQ_BYTES);
            ifreq.fill((byte) 0);
            MemorySegment.copy(name, 0, ifreq, JAVA_BYTE, 0, name.length);
            control(lease, SIOCGIFFLAGS, ifreq, link);
            ifreq.set(JAVA_SHORT, IFR_FLAGS, (short) (ifreq.get(JAVA_SHORT, IFR_FLAGS) | IFF_UP));
            control(lease, SIOCSIFFLAGS, ifreq, link);
        }
    }

    private static void control(
            HasDescriptor.Lease lease, int request, MemorySegment ifreq, String link)
            throws IOException {
        int result = Kernel.real().ioctl(lease.fileno(), request, ifreq.address());
        if (result < 0) {
            throw new IOException("flags of link " + link + ": errno " + -result);
        }
    }

    /**
     * Ties two networks together with a pair of veth links, both up and without addresses; by the
     * tool {@code ip}.
     */
    public void connect(String here, TestNetwork other, String there) throws IOException {
        try (HasDescriptor.Lease held = other.namespace.lease()) {
            run(
                    "ip",
                    "link",
                    "add",
                    here,
                    "type",
                    "veth",
                    "peer",
                    "name",
                    there,
                    "netns",
                    "/proc/" + ProcessHandle.current().pid() + "/fd/" + held.fileno());
        }
        up(here);
        other.up(there);
    }

    /**
     * Runs a tool in this network, and gives what it printed.
     *
     * @throws IOException if it cannot be started, ends with another status than 0 (the message
     *     shows what it complained about), or takes more than 30 seconds
     */
    public String run(String... command) throws IOException {
        Process process = start(command);
        try {
            // Small things, which fit into a pipe: read one after the other.
            String printed =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            String complained =
                    new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(PATIENCE, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(String.join(" ", command) + ": " + complained.strip());
            }
            return printed;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException(interrupted);
        } finally {
            process.destroyForcibly();
        }
    }

    /** Starts a tool in this network, by nsenter(1); the caller ends it. */
    public Process start(String... command) throws IOException {
        var entered = new ArrayList<String>(List.of("nsenter", "--net=" + namespace.path()));
        entered.addAll(List.of(command));
        var builder = new ProcessBuilder(entered);
        builder.environment().put("LC_ALL", "C");
        return builder.start();
    }

    /** Lets go of the namespace. */
    @Override
    public void close() throws IOException {
        namespace.close();
    }

    /** As the kernel shows it. */
    @Override
    public String toString() {
        return namespace.toString();
    }
}
