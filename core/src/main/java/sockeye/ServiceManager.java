// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AddressFamily.AF_UNIX;
import static sockeye.SocketType.SOCK_DGRAM;
import static sockeye.SocketType.SOCK_SEQPACKET;
import static sockeye.SocketType.SOCK_STREAM;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Tells the service manager that started this process how it goes: sd_notify(3), without its
 * library. The environment says where it listens ({@code NOTIFY_SOCKET}); systemd, container
 * managers and virtual machines' hosts do.
 *
 * <pre>{@code
 * var manager = ServiceManager.ofProcess();
 * if (manager.isPresent()) manager.get().ready("serving at " + server.local());
 * }</pre>
 *
 * <p>Each call sends one message from a socket of its own, so that a manager that was started anew
 * is reached again, and waits while the manager's queue is full, for {@linkplain #withPatience a
 * time} only. That a message was sent does not mean that the manager heeds it: {@link #barrier}
 * tells that it has read all before. What the manager does with them, and whether it listens to
 * this process, is said in the unit ({@code Type=notify}, {@code NotifyAccess=}, {@code
 * WatchdogSec=}, {@code FileDescriptorStoreMax=}).
 *
 * <p>Threads: any method may be called by any thread.
 *
 * @see <a href="https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html">
 *     sd_notify(3)</a>
 * @see ActivatedSockets
 */
public final class ServiceManager {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int EPERM = 1;
    private static final int EACCES = 13;
    private static final int ENODEV = 19;
    private static final int EADDRINUSE = 98;
    private static final int LAST_PRIVILEGED = 1023;

    /** systemd's own limit of a message, less what it adds. */
    private static final int MOST_BYTES = 4_096;

    private final Endpoint place;
    private final int type;
    private final Duration patience;

    private ServiceManager(Endpoint place, int type, Duration patience) {
        this.place = place;
        this.type = type;
        this.patience = patience;
    }

    /**
     * The manager of this process; empty if there is none that wants to be told.
     *
     * @throws IllegalArgumentException if {@code NOTIFY_SOCKET} is not of a form that is known
     */
    public static Optional<ServiceManager> ofProcess() {
        String place = System.getenv("NOTIFY_SOCKET");
        return place == null || place.isEmpty() ? Optional.empty() : Optional.of(at(place));
    }

    /**
     * The manager at a place, written as {@code NOTIFY_SOCKET} is: {@code /PATH}, {@code @NAME} in
     * the abstract namespace, {@code vsock:CID:PORT}, or {@code vsock-dgram:}, {@code
     * vsock-seqpacket:}, {@code vsock-stream:} to insist on a type.
     *
     * @throws IllegalArgumentException if it has no such form
     */
    public static ServiceManager at(String place) {
        if (place.startsWith("/")) {
            return new ServiceManager(UnixEndpoint.of(place), SOCK_DGRAM, PATIENCE);
        }
        if (place.startsWith("@")) {
            return new ServiceManager(
                    UnixEndpoint.ofAbstract(place.substring(1)), SOCK_DGRAM, PATIENCE);
        }
        int colon = place.indexOf(':');
        Map<String, Integer> types =
                Map.of(
                        "vsock", 0,
                        "vsock-dgram", SOCK_DGRAM,
                        "vsock-seqpacket", SOCK_SEQPACKET,
                        "vsock-stream", SOCK_STREAM);
        Integer type = colon < 0 ? null : types.get(place.substring(0, colon));
        if (type != null
                && EndpointSpec.parse("vsock" + place.substring(colon)).target()
                        instanceof EndpointTarget.Vsock(long cid, long port)
                && cid != EndpointTarget.Vsock.ANY) {
            return new ServiceManager(VsockEndpoint.of(cid, port), type, PATIENCE);
        }
        throw new IllegalArgumentException(
                "no place of a service manager: "
                        + Percent.quote(place)
                        + "; expected /PATH, @NAME or vsock:CID:PORT");
    }

    /** The same with another time to wait for a manager whose queue is full; 5 seconds if not. */
    public ServiceManager withPatience(Duration time) {
        return new ServiceManager(place, type, time);
    }

    /** Where it listens. */
    public Endpoint place() {
        return place;
    }

    // States.

    /** {@code READY=1}: the start, or the reading of the configuration anew, is done. */
    public void ready() throws IOException {
        send(List.of("READY=1"));
    }

    /** The same with a line for people to read. */
    public void ready(String status) throws IOException {
        send(List.of("READY=1", statusLine(status)));
    }

    /**
     * {@code RELOADING=1}, with the {@code MONOTONIC_USEC} that {@code Type=notify-reload} wants:
     * the configuration is being read anew; {@link #ready()} ends it.
     */
    public void reloading() throws IOException {
        // HotSpot's nanoTime is CLOCK_MONOTONIC; a test compares it.
        long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime());
        send(List.of("RELOADING=1", "MONOTONIC_USEC=" + micros));
    }

    /** {@code STOPPING=1}: the end has begun. */
    public void stopping() throws IOException {
        send(List.of("STOPPING=1"));
    }

    /** The same with a line for people to read. */
    public void stopping(String status) throws IOException {
        send(List.of("STOPPING=1", statusLine(status)));
    }

    /**
     * {@code STATUS=}: what {@code systemctl status} shows.
     *
     * @param status one line
     */
    public void status(String status) throws IOException {
        send(List.of(statusLine(status)));
    }

    private static String statusLine(String status) {
        return "STATUS=" + status;
    }

    /**
     * {@code MAINPID=}, and where the kernel has it {@code MAINPIDFDID=}: another process is the
     * service from now on, a successor of this one. The manager believes it of a process of the
     * same unit.
     *
     * @throws IOException also if there is no such process: ESRCH
     */
    public void mainProcess(long pid) throws IOException {
        var lines = new ArrayList<String>();
        lines.add("MAINPID=" + pid);
        try (ProcessDescriptor process = ProcessDescriptor.of(pid)) {
            process.identity()
                    .ifPresent(id -> lines.add("MAINPIDFDID=" + Long.toUnsignedString(id)));
        }
        send(lines);
    }

    /** {@code EXTEND_TIMEOUT_USEC=}: the start, or the stop under way, wants so much more time. */
    public void extendTimeout(Duration time) throws IOException {
        send(List.of("EXTEND_TIMEOUT_USEC=" + TimeUnit.NANOSECONDS.toMicros(time.toNanos())));
    }

    // Watching.

    /**
     * How often the manager wants to hear {@link #alive} from this process at the least, by {@code
     * WATCHDOG_USEC} and {@code WATCHDOG_PID}; empty if it does not. Half the time is a good
     * interval.
     */
    public static Optional<Duration> watchdog() {
        return watchdog(System.getenv());
    }

    static Optional<Duration> watchdog(Map<String, String> environment) {
        String micros = environment.get("WATCHDOG_USEC");
        if (micros == null) {
            return Optional.empty();
        }
        String pid = environment.get("WATCHDOG_PID");
        long self = ProcessHandle.current().pid();
        if (pid != null && !pid.equals(Long.toString(self))) {
            return Optional.empty();
        }
        try {
            long value = Long.parseLong(micros);
            return value > 0 && value < Long.MAX_VALUE / 1_000
                    ? Optional.of(Duration.ofNanos(TimeUnit.MICROSECONDS.toNanos(value)))
                    : Optional.empty();
        } catch (NumberFormatException none) {
            return Optional.empty();
        }
    }

    /** {@code WATCHDOG=1}: this process works. To be sent only by one that has made sure. */
    public void alive() throws IOException {
        send(List.of("WATCHDOG=1"));
    }

    /** {@code WATCHDOG=trigger}: it does not; the manager shall do what it does with the silent. */
    public void failed() throws IOException {
        send(List.of("WATCHDOG=trigger"));
    }

    // The store of descriptors.

    /** Whether the manager says that it keeps descriptors for this service ({@code FDSTORE}). */
    public static boolean hasStore() {
        String most = System.getenv("FDSTORE");
        return most != null && !most.isEmpty() && !most.equals("0");
    }

    /**
     * {@code FDSTORE=1}: has descriptors kept for the next run of this service, which finds them
     * among its {@link ActivatedSockets}, by this name. They stay open here. The manager lets go of
     * those whose other end hangs up.
     *
     * @param name 1 to 255 printable ASCII characters, no colon
     * @throws IllegalArgumentException if the name is none, or there are more than 253 descriptors
     */
    public void store(String name, HasDescriptor... descriptors) throws IOException {
        send(List.of("FDSTORE=1", "FDNAME=" + checked(name)), descriptors);
    }

    /** The same, but kept until they are removed, whatever happens to them: {@code FDPOLL=0}. */
    public void storeUnwatched(String name, HasDescriptor... descriptors) throws IOException {
        send(List.of("FDSTORE=1", "FDNAME=" + checked(name), "FDPOLL=0"), descriptors);
    }

    /** {@code FDSTOREREMOVE=1}: lets go of all that is kept by a name. */
    public void remove(String name) throws IOException {
        send(List.of("FDSTOREREMOVE=1", "FDNAME=" + checked(name)));
    }

    private static String checked(String name) {
        return new EndpointTarget.Systemd(name).name();
    }

    // Messages.

    /**
     * {@code BARRIER=1}: waits until the manager has read all that was sent before. Who is not the
     * manager's own child waits for it before he ends.
     *
     * @throws java.net.SocketTimeoutException if it has not by then
     */
    public void barrier(Deadline until) throws IOException {
        try (PipePair pipe = PipePair.open()) {
            send(List.of("BARRIER=1"), pipe.writer());
            pipe.writer().close();
            pipe.reader().readDeadline(until);
            pipe.reader().read(ByteBuffer.allocate(1));
        }
    }

    /**
     * Sends assignments, one message of them: {@code "X_MINE=1"}.
     *
     * @param assignments {@code NAME=VALUE}, without line ends
     * @param descriptors what goes along, 253 at most; not over vsock
     * @throws IllegalArgumentException if an assignment has no {@code =} or more lines than one, or
     *     all together have more than 4,096 bytes
     * @throws IOException ECONNREFUSED or ENOENT if nobody listens
     * @throws java.net.SocketTimeoutException if the manager does not read what it has
     */
    public void send(List<String> assignments, HasDescriptor... descriptors) throws IOException {
        for (String each : assignments) {
            if (each.indexOf('=') < 1 || each.indexOf('\n') >= 0 || each.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("no assignment: " + Percent.quote(each));
            }
        }
        byte[] message = (String.join("\n", assignments) + "\n").getBytes(UTF_8);
        if (message.length > MOST_BYTES || descriptors.length > Ancillary.Rights.MAX_DESCRIPTORS) {
            throw new IllegalArgumentException(
                    "a message to the service manager has %d bytes and %d descriptors at most"
                            .formatted(MOST_BYTES, Ancillary.Rights.MAX_DESCRIPTORS));
        }
        List<Ancillary> beside =
                descriptors.length == 0 ? List.of() : List.of(Ancillary.Rights.of(descriptors));
        Deadline deadline = Deadline.after(patience);
        try (LinuxSocket socket = socket()) {
            socket.writeDeadline(deadline);
            socket.readDeadline(deadline);
            if (place.family() == AF_UNIX) {
                socket.sendMsg(new ByteBuffer[] {ByteBuffer.wrap(message)}, beside, 0, place);
            } else {
                overVsock(socket, message, beside);
            }
        }
    }

    private LinuxSocket socket() throws IOException {
        if (type != 0) {
            return LinuxSocket.socket(place.family(), type);
        }
        IOException first = null;
        for (int each : new int[] {SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM}) {
            try {
                return LinuxSocket.socket(place.family(), each);
            } catch (IOException refused) {
                if (!(refused instanceof ErrnoFailure failure) || !isUnsupported(failure.errno())) {
                    throw refused;
                }
                first = first == null ? refused : first;
            }
        }
        throw Objects.requireNonNull(first);
    }

    private static boolean isUnsupported(Errno errno) {
        return errno.number() == ENODEV
                || errno.equals(Errno.EOPNOTSUPP)
                || errno.equals(Errno.ESOCKTNOSUPPORT)
                || errno.equals(Errno.EPROTONOSUPPORT);
    }

    /**
     * From a port that only the privileged have, if we are; and to the end, which the manager's
     * closing is.
     */
    private void overVsock(LinuxSocket socket, byte[] message, List<Ancillary> beside)
            throws IOException {
        if (!beside.isEmpty()) {
            throw new IllegalArgumentException("no descriptors over vsock");
        }
        bindPrivileged(socket);
        if (socket.type() == SOCK_DGRAM) {
            socket.sendTo(message, place);
            return;
        }
        socket.connect(place);
        socket.sendAll(message);
        socket.shutdown(LinuxSocket.SHUT_WR);
        if (socket.recv(1).length > 0) {
            throw new IOException(
                    "the service manager at " + place + " answers, which it must not");
        }
    }

    private static void bindPrivileged(LinuxSocket socket) throws IOException {
        for (int port = LAST_PRIVILEGED; port > 0; port--) {
            try {
                socket.bind(VsockEndpoint.any(port));
                return;
            } catch (IOException refused) {
                int errno = refused instanceof ErrnoFailure f ? f.errno().number() : 0;
                if (errno == EACCES || errno == EPERM) {
                    return;
                }
                if (errno != EADDRINUSE) {
                    throw refused;
                }
            }
        }
    }

    /** What it is, and where. */
    @Override
    public String toString() {
        return "ServiceManager[" + place + "]";
    }
}
