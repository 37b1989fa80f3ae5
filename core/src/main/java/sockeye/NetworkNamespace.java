// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.FileHandle.AT_FDCWD;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.wait.Blocking;

import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/**
 * A network namespace: links, addresses, routes and ports of its own, as containers have. A socket
 * belongs to one namespace all its life, the one in which socket(2) was called; so code that runs
 * {@linkplain #call in a namespace} makes sockets there, and any thread may use them afterwards.
 *
 * <pre>{@code
 * try (var blue = NetworkNamespace.named("blue");
 *         var listener = blue.call(() -> Listener.stream(InetEndpoint.any(8080)))) {
 *     ...
 * }
 * }</pre>
 *
 * <p><b>How.</b> Java's threads are never moved. While code runs in a namespace, each socket(2) of
 * Sockeye is made by a platform thread that enters the namespace (setns(2)), makes this one call
 * and ends, some 0.1 ms more. So virtual threads can do it as well, and threads that the code
 * starts are not in the namespace; they may {@code call} it themselves. Sockets that are accepted,
 * adopted or already open stay where they belong, and other things of the process (its files, the
 * JDK's own sockets, child processes) are not concerned: for a child, {@code nsenter --net=} takes
 * {@link #path()}.
 *
 * <p>A namespace exists as long as something holds it: this object's descriptor, a socket in it, a
 * process, a name. An object that becomes unreachable unclosed is closed by the garbage collector,
 * and a warning is logged.
 *
 * <p><b>Threads.</b> Any method may be called by any thread. Entering or making a namespace needs
 * CAP_SYS_ADMIN; opening one that a process is in, the right to trace that process.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/network_namespaces.7.html">
 *     network_namespaces(7)</a>
 */
public final class NetworkNamespace implements HasDescriptor, AutoCloseable {
    private static final ScopedValue<NetworkNamespace> BOUND = ScopedValue.newInstance();

    private static final Path NAMES = Path.of("/run/netns");
    private static final int CLONE_NEWNET = 0x4000_0000;
    private static final int SIOCGSKNS = 0x894C;

    private final PassedDescriptor file;
    private final Kernel kernel;
    private final long inode;

    private NetworkNamespace(Kernel kernel, int fd) throws IOException {
        this.kernel = kernel;
        FileStatus status = FileStatus.of(kernel, fd);
        if (status == null) {
            kernel.close(fd);
            throw new SocketException("no status of network namespace fd " + fd);
        }
        this.file = PassedDescriptor.adopt(fd);
        this.inode = status.inode();
    }

    // Which one.

    /**
     * A new one, with nothing in it but a loopback link that is down: unshare(2), CLONE_NEWNET, by
     * a thread that ends with it. It has no name and goes with the last that holds it.
     *
     * @throws IOException EPERM without CAP_SYS_ADMIN; ENOSPC if there are too many
     */
    public static NetworkNamespace create() throws IOException {
        Kernel kernel = Kernel.current();
        return new NetworkNamespace(
                kernel,
                apart(() -> {
                    int result = kernel.unshare(CLONE_NEWNET);
                    if (result < 0) {
                        throw ErrnoFailure.of(
                                "unshare", -result, "network namespace", null, null, 0);
                    }
                    return open(kernel, Path.of("/proc/thread-self/ns/net"));
                }));
    }

    /**
     * The one to which a socket that is made here and now belongs: that of the running {@link
     * #call}, else the process's.
     */
    public static NetworkNamespace current() throws IOException {
        if (BOUND.isBound()) {
            NetworkNamespace bound = BOUND.get();
            return new NetworkNamespace(
                    bound.kernel, PassedDescriptor.duplicate(bound.file).detach());
        }
        return at(Path.of("/proc/self/ns/net"));
    }

    /** The one that {@code ip netns add} gave a name: the file {@code /run/netns/NAME}. */
    public static NetworkNamespace named(String name) throws IOException {
        if (name.isEmpty() || name.contains("/") || name.equals(".") || name.equals("..")) {
            throw new IllegalArgumentException("no name of a network namespace: '" + name + "'");
        }
        return at(NAMES.resolve(name));
    }

    /** The one that a process is in: {@code /proc/PID/ns/net}. */
    public static NetworkNamespace ofProcess(long pid) throws IOException {
        return at(Path.of("/proc", Long.toString(pid), "ns/net"));
    }

    /**
     * The one that a socket belongs to: ioctl(2), SIOCGSKNS.
     *
     * @throws IOException EPERM without CAP_NET_ADMIN there; ENOTTY if it is no socket
     */
    public static NetworkNamespace of(HasDescriptor socket) throws IOException {
        Kernel kernel = Kernel.current();
        try (Lease lease = socket.lease()) {
            int fd = kernel.ioctl(lease.fileno(), SIOCGSKNS, 0);
            if (fd < 0) {
                throw ErrnoFailure.of(
                        "ioctl SIOCGSKNS", -fd, "fd " + lease.fileno(), null, null, 0);
            }
            return new NetworkNamespace(kernel, fd);
        }
    }

    /**
     * The one that a file stands for; not checked before the first {@link #call}.
     *
     * @throws IOException ENOENT; EACCES if it may not be opened
     */
    public static NetworkNamespace at(Path file) throws IOException {
        Kernel kernel = Kernel.current();
        return new NetworkNamespace(kernel, open(kernel, file));
    }

    private static int open(Kernel kernel, Path file) throws IOException {
        byte[] name = file.toString().getBytes(StandardCharsets.UTF_8);
        int fd = FileHandle.openat(kernel, AT_FDCWD, name, 0, 0);
        if (fd < 0) {
            throw ErrnoFailure.of("open", -fd, file.toString(), null, null, 0);
        }
        return fd;
    }

    // Being in it.

    /**
     * Runs code whose sockets belong here. Calls nest; the innermost decides.
     *
     * <p>An {@code IOException} of the code's own sockets may come from here as well: EPERM of
     * setns(2), EINVAL if the file is no network namespace, and {@link ClosedChannelException} if
     * this is closed.
     */
    public <T, X extends Throwable> T call(ScopedValue.CallableOp<? extends T, X> code) throws X {
        return ScopedValue.where(BOUND, this).<T, X>call(code);
    }

    /** socket(2) where new sockets belong. Returns what the call returns. */
    static int socket(Kernel kernel, int family, int type, int protocol) throws IOException {
        return BOUND.isBound()
                ? BOUND.get().socketHere(kernel, family, type, protocol)
                : kernel.socket(family, type, protocol);
    }

    private int socketHere(Kernel kernel, int family, int type, int protocol) throws IOException {
        try (Lease lease = file.lease()) {
            return apart(() -> {
                int result = kernel.setns(lease.fileno(), CLONE_NEWNET);
                if (result < 0) {
                    throw ErrnoFailure.of("setns", -result, toString(), null, null, 0);
                }
                return kernel.socket(family, type, protocol);
            });
        }
    }

    private static int apart(Callable<Integer> call) throws IOException {
        try {
            return Blocking.apart(call);
        } catch (IOException | RuntimeException expected) {
            throw expected;
        } catch (Exception impossible) {
            throw new AssertionError(impossible);
        }
    }

    // What it is.

    /** Its number, as {@code ls -l /proc/PID/ns} and {@code lsns} show it; two are one if equal. */
    public long inode() {
        return inode;
    }

    /** A file that stands for it as long as this is open, for other programs to open. */
    public Path path() {
        return Path.of("/proc", Long.toString(ProcessHandle.current().pid()), "fd", fileno() + "");
    }

    @Override
    public int fileno() {
        return file.fileno();
    }

    @Override
    public Lease lease() throws ClosedChannelException {
        return file.lease();
    }

    /** Lets go of it; sockets in it are not concerned. A second call does nothing. */
    @Override
    public void close() throws IOException {
        file.close();
    }

    /** As the kernel shows it: {@code net:[4026531840]}. */
    @Override
    public String toString() {
        return "net:[" + inode + "]";
    }
}
