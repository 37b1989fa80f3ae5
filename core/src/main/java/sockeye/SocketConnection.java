// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;
import static sockeye.AddressFamily.AF_UNIX;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import sockeye.LinuxSocket.Accepted;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;
import sockeye.internal.wait.Blocking;
import sockeye.internal.wait.Clock;
import sockeye.internal.wait.Descriptor;
import sockeye.internal.wait.Gate;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** accept(2) and connect(2), waited for, and the names that they give. */
final class SocketConnection {
    private static final int SOL_SOCKET = 1;
    private static final int SO_ERROR = 4;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int O_NONBLOCK = 0x800;
    private static final int EISCONN = 106;
    private static final int ETIMEDOUT = 110;
    private static final int EALREADY = 114;
    private static final int EINPROGRESS = 115;
    private static final int ENOTCONN = 107;

    private SocketConnection() {}

    static Accepted accept(LinuxSocket socket) throws IOException {
        return SocketTrace.accepts()
                ? SocketRecorder.accept(socket, () -> acceptNext(socket))
                : acceptNext(socket);
    }

    private static Accepted acceptNext(LinuxSocket socket) throws IOException {
        Gate gate = socket.descriptor.input;
        byte[] peer = new byte[Endpoint.MAX_SOCKADDR];
        int[] length = new int[1];
        socket.descriptor.enter();
        try {
            long until = socket.until(0);
            long result;
            int seen;
            do {
                seen = gate.epoch();
                result =
                        until != Descriptor.AT_ONCE && gate.isDrained(seen)
                                ? Descriptor.PRESUMED
                                : accept4(socket, peer, length);
            } while (result < 0
                    && socket.descriptor.again(
                            socket.owner(), "accept", gate, seen, result, until));
            if (result < 0) {
                throw socket.owner().failure("accept", (int) -result, 0);
            }
            LinuxSocket made =
                    new LinuxSocket(
                            new Descriptor(socket.descriptor.kernel, (int) result),
                            socket.family,
                            socket.type,
                            socket.protocol,
                            true,
                            true);
            made.lingers = socket.lingers;
            Endpoint from =
                    isNameless(socket)
                            ? new RawEndpoint(socket.family, new byte[0])
                            : Endpoint.decode(peer, Math.min(length[0], peer.length));
            made.owner().connectedTo(from);
            return new Accepted(made, from);
        } finally {
            socket.descriptor.exit();
        }
    }

    private static long accept4(LinuxSocket socket, byte[] peer, int[] length) throws IOException {
        if (!socket.switched) {
            // A blocking listener that others share: accept(2) itself would wait. So only if there
            // is a connection; and on a helper, for another may take it first.
            if (Poll.now(socket, Poll.POLLIN) == 0) {
                return -LinuxSocket.EAGAIN;
            }
            return Blocking.call(() -> acceptOnce(socket, peer, length));
        }
        if (SocketValues.mayBeShared(socket)) {
            keepFromBlocking(socket);
        }
        return acceptOnce(socket, peer, length);
    }

    /**
     * accept(2) alone has no flag of its own that keeps it from waiting, only O_NONBLOCK of the
     * open file, which every process that has the listener may clear: by starting a child with it,
     * by giving it back as it was. So it is looked at each time, and set again.
     */
    private static void keepFromBlocking(LinuxSocket socket) {
        Kernel kernel = socket.descriptor.kernel;
        int flags = kernel.fcntl(socket.descriptor.fd, F_GETFL, 0);
        if (flags >= 0 && (flags & O_NONBLOCK) == 0) {
            kernel.fcntl(socket.descriptor.fd, F_SETFL, flags | O_NONBLOCK);
        }
    }

    /** Who asks AF_ALG whom it accepted gets no socket at all. */
    private static boolean isNameless(LinuxSocket socket) {
        return socket.family == AddressFamily.AF_ALG;
    }

    private static int acceptOnce(LinuxSocket socket, byte[] peer, int[] length) {
        try (Scratch scratch = Scratch.take()) {
            MemorySegment memory = scratch.memory();
            memory.set(JAVA_INT, Scratch.INTS, Scratch.ADDRESS_BYTES);
            boolean named = !isNameless(socket);
            int result =
                    socket.descriptor.kernel.accept4(
                            socket.descriptor.fd,
                            named ? scratch.address(Scratch.ADDRESS) : 0,
                            named ? scratch.address(Scratch.INTS) : 0,
                            LinuxSocket.SOCK_NONBLOCK | LinuxSocket.SOCK_CLOEXEC);
            if (result >= 0) {
                length[0] = memory.get(JAVA_INT, Scratch.INTS);
                MemorySegment.copy(memory, JAVA_BYTE, Scratch.ADDRESS, peer, 0, peer.length);
            }
            return result;
        }
    }

    /** One connect(2); the address is in native memory for this call only, not while waiting. */
    private static int connectOnce(LinuxSocket socket, Endpoint peer) throws IOException {
        try (SocketName name = SocketName.toConnect(socket, peer)) {
            return socket.descriptor.kernel.connect(
                    socket.descriptor.fd, name.address(), name.length());
        } catch (ConnectFailure | SocketFailure notFound) {
            // A path that is too long for the kernel's structure is looked up before.
            return -notFound.errno().number();
        }
    }

    static int connect(LinuxSocket socket, Endpoint peer) throws IOException {
        int errno =
                SocketTrace.connects()
                        ? SocketRecorder.connect(socket, peer, () -> call(socket, peer))
                        : call(socket, peer);
        if (errno == 0 || errno == EINPROGRESS) {
            socket.owner().connectedTo(peer);
        }
        return errno;
    }

    private static int call(LinuxSocket socket, Endpoint peer) throws IOException {
        Gate gate = socket.descriptor.output;
        socket.descriptor.enter();
        try {
            long until = socket.until(0);
            long backoff = LinuxSocket.BACKOFF_FIRST;
            // TCP tells by a further connect how the first went, and is then as if it had waited
            // itself: connected, or free for another attempt. To read SO_ERROR would leave it in
            // between.
            boolean inet = socket.family == AF_INET || socket.family == AF_INET6;
            boolean asksAgain = inet && socket.protocol != IpProtocol.IPPROTO_SCTP;
            boolean waited = false;
            while (true) {
                int seen = gate.epoch();
                int result = connectOnce(socket, peer);
                switch (-result) {
                    case LinuxSocket.EINTR -> {}
                    case LinuxSocket.EAGAIN -> {
                        // AF_UNIX with a full backlog: no event will tell that there is room.
                        if (socket.family != AF_UNIX || until == Descriptor.AT_ONCE) {
                            return LinuxSocket.EAGAIN;
                        }
                        connectCut(socket, peer, gate.pause(backoff, until));
                        backoff = Math.min(backoff * 2, LinuxSocket.BACKOFF_MOST);
                    }
                    case EINPROGRESS, EALREADY -> {
                        if (until == Descriptor.AT_ONCE) {
                            return -result;
                        }
                        if (result == -EALREADY
                                && Poll.now(socket, Poll.POLLOUT) != 0
                                && !asksAgain) {
                            // vsock says so for ever after a connect that failed.
                            return EALREADY;
                        }
                        if (!asksAgain) {
                            return finishConnect(socket, peer, gate, seen, until);
                        }
                        connectCut(socket, peer, gate.await(seen, until));
                        waited = true;
                    }
                    case EISCONN -> {
                        return waited ? 0 : EISCONN;
                    }
                    default -> {
                        return -result;
                    }
                }
            }
        } finally {
            socket.descriptor.exit();
        }
    }

    private static int finishConnect(
            LinuxSocket socket, Endpoint peer, Gate gate, int first, long until)
            throws IOException {
        int seen = first;
        long limit = TipcConnection.connectLimit(socket);
        while (true) {
            Gate.Outcome outcome = gate.await(seen, Math.min(until, limit));
            if (outcome == Gate.Outcome.TIMEOUT
                    && limit < Math.min(until, gate.deadline())
                    && limit <= Clock.now()) {
                return ETIMEDOUT;
            }
            connectCut(socket, peer, outcome);
            seen = gate.epoch();
            int error =
                    SocketValues.intOption(
                            socket.descriptor.kernel, socket.descriptor.fd, SOL_SOCKET, SO_ERROR);
            if (error != 0) {
                return Math.abs(error);
            }
            // An event need not be ours: joining reports what the socket was before.
            try (Scratch scratch = Scratch.take()) {
                scratch.memory().set(JAVA_INT, Scratch.INTS, Scratch.ADDRESS_BYTES);
                int named =
                        socket.descriptor.kernel.getpeername(
                                socket.descriptor.fd,
                                scratch.address(Scratch.ADDRESS),
                                scratch.address(Scratch.INTS));
                if (named != -ENOTCONN) {
                    return 0;
                }
            }
            if (TipcConnection.isOver(socket)) {
                // It was made, and has ended since: the next receive tells.
                return 0;
            }
        }
    }

    private static void connectCut(LinuxSocket socket, Endpoint peer, Gate.Outcome outcome)
            throws IOException {
        if (outcome != Gate.Outcome.EVENT) {
            throw SocketFailures.cut("connect", socket.describe(peer), outcome, 0);
        }
    }

    /** getsockname(2) or getpeername(2). */
    static Endpoint name(LinuxSocket socket, String operation) throws IOException {
        socket.descriptor.enter();
        try (Scratch scratch = Scratch.take()) {
            MemorySegment memory = scratch.memory();
            memory.set(JAVA_INT, Scratch.INTS, Scratch.ADDRESS_BYTES);
            long address = scratch.address(Scratch.ADDRESS);
            long length = scratch.address(Scratch.INTS);
            int result =
                    operation.equals("getpeername")
                            ? socket.descriptor.kernel.getpeername(
                                    socket.descriptor.fd, address, length)
                            : socket.descriptor.kernel.getsockname(
                                    socket.descriptor.fd, address, length);
            if (result < 0) {
                throw ErrnoFailure.of(operation, -result, null, null, null, 0);
            }
            return SocketName.decode(scratch, memory.get(JAVA_INT, Scratch.INTS));
        } finally {
            socket.descriptor.exit();
        }
    }
}
