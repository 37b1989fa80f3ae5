// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static sockeye.AddressFamily.AF_INET6;
import static sockeye.AddressFamily.AF_UNIX;

import org.jspecify.annotations.Nullable;

import sockeye.Ancillary;
import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.InetEndpoint;
import sockeye.IpAddress;
import sockeye.IpOption;
import sockeye.Ipv6Option;
import sockeye.LinuxSocket;
import sockeye.MessageBatch;
import sockeye.MessageFlag;
import sockeye.MessageSocket;
import sockeye.PeerCredentials;
import sockeye.Role;
import sockeye.SoOption;
import sockeye.SocketTraffic;
import sockeye.internal.OwnPorts;
import sockeye.wire.AccessRules;
import sockeye.wire.PeerFacts;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Receives datagrams, has each handled, and sends the answers: as many as are there with one
 * recvmmsg(2), and their answers with one sendmmsg(2). Nothing is allocated per datagram unless its
 * handler asks who sent it.
 *
 * <p>It receives no more than is being handled: under overload the rest waits in the socket's
 * buffer, and what finds no room there the kernel drops and counts.
 */
final class DatagramLoop implements Intake {
    /** Received or sent by one call. */
    private static final int BATCH = 32;

    /** Room for the address that a datagram came to, in two forms, or for who has sent it. */
    private static final int BESIDE = 128;

    /** Bytes of an address of IPv6. */
    private static final int ADDRESS = 16;

    private static final Duration PAUSE = Duration.ofMillis(5);
    private static final Deadline PASSED = Deadline.after(Duration.ZERO);

    /** How many that were queued when the server stopped are still handled. */
    private static final int LAST = 1024;

    /** How many beyond those are counted before the socket is closed. */
    private static final int MOST_DROPPED = 65_536;

    private final Server server;
    private final MessageSocket role;
    private final LinuxSocket socket;
    private final DatagramHandler handler;
    private final MessageBatch batch;
    private final MessageBatch answers;
    private final Received[] requests = new Received[BATCH];
    private final Patience patience = new Patience();
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong undelivered = new AtomicLong();
    private final AtomicLong truncated = new AtomicLong();
    private final AtomicBoolean closing = new AtomicBoolean();
    private volatile long lastHandled;
    private volatile long lastDropped;
    private final ConcurrentDatagrams.@Nullable Turns turns;
    private final AtomicLong denied = new AtomicLong();

    /** Where this socket is bound. */
    private final Endpoint local;

    /** Of sockets over IP: elsewhere nobody can write another's address. */
    private final @Nullable AnswerDesk desk;

    private final AccessRules access;

    /** Whether it is told of each datagram which of its addresses that came to. */
    private final boolean asksAddress;

    private final boolean asksSender;

    /** The port that is counted among our own, or 0. */
    private final int ownPort;

    private final AtomicBoolean counted = new AtomicBoolean();

    private final byte[] address = new byte[ADDRESS];
    private volatile long lost;
    private boolean troubled;

    DatagramLoop(Server server, MessageSocket role, DatagramHandler handler) throws IOException {
        this(server, role, handler, BATCH);
    }

    /**
     * @param most received by one call
     */
    DatagramLoop(Server server, MessageSocket role, DatagramHandler handler, int most)
            throws IOException {
        this.server = server;
        this.role = role;
        this.socket = role.socket();
        this.handler = handler;
        this.turns =
                handler instanceof ConcurrentDatagrams concurrent
                        ? new ConcurrentDatagrams.Turns(concurrent)
                        : null;
        this.local = socket.getSockName();
        this.access = server.settings().access();
        boolean overIp = local instanceof InetEndpoint;
        this.desk = overIp ? new AnswerDesk(server, local) : null;
        this.ownPort = local instanceof InetEndpoint inet ? inet.port() : 0;
        this.asksAddress = overIp && local.isWildcard() && askAddress();
        this.asksSender = socket.family() == AF_UNIX && askSender();
        int beside = asksAddress || asksSender ? BESIDE : 0;
        this.batch = new MessageBatch(most, longest(server), beside);
        this.answers = new MessageBatch(BATCH, ServerSettings.LONGEST_DATAGRAM);
        for (int i = 0; i < BATCH; i++) {
            requests[i] = new Received(i);
        }
        if (local instanceof InetEndpoint inet && ownPort > 0) {
            OwnPorts.count(inet, 1);
            counted.set(true);
        }
    }

    private static int longest(Server server) {
        int most = server.settings().limits().maxMessage();
        return Math.min(most, ServerSettings.LONGEST_DATAGRAM);
    }

    /**
     * Of a socket bound to all addresses. One that is bound to both families gets IPv4's datagrams
     * with both control messages, and that of IPv4 is the one which also knows what to answer a
     * broadcast from.
     */
    private boolean askAddress() throws IOException {
        if (socket.family() == AF_INET6) {
            socket.setOption(Ipv6Option.RECV_PKT_INFO, true);
            if (!socket.getOption(Ipv6Option.V6_ONLY)) {
                socket.setOption(IpOption.PKT_INFO, true);
            }
        } else {
            socket.setOption(IpOption.PKT_INFO, true);
        }
        return true;
    }

    /** Whether the kernel says who the sender is: as somebody wants it. */
    private boolean askSender() throws IOException {
        DatagramHandler inside =
                handler instanceof ConcurrentDatagrams each ? each.handler() : handler;
        boolean asked = inside instanceof DatagramDriver driver && driver.asksCredentials();
        if (asked || access.hasUsers()) {
            socket.setOption(SoOption.PASS_CRED, true);
        }
        return socket.getOption(SoOption.PASS_CRED);
    }

    SocketTraffic traffic() {
        return SocketTraffic.of(socket);
    }

    long received() {
        return received.get();
    }

    long undelivered() {
        return undelivered.get();
    }

    long truncated() {
        return truncated.get();
    }

    /** What became of the datagrams. */
    ServerStatistics.Datagrams counts() {
        return new ServerStatistics.Datagrams(
                received(),
                truncated(),
                undelivered(),
                0,
                denied.get(),
                desk == null ? Map.of() : desk.refused(),
                lost());
    }

    /** How many the kernel has dropped; asked for when somebody wants to know, and at the end. */
    private long lost() {
        if (desk != null && socket.isOpen()) {
            try {
                lost = socket.getOption(SoOption.MEM_INFO).drops();
            } catch (IOException closedJustNow) {
                // Then it was asked before.
            }
        }
        return lost;
    }

    @Override
    public Role source() {
        return role;
    }

    @Override
    public long taken() {
        return received.get();
    }

    @Override
    public boolean holdsBack() {
        return false;
    }

    @Override
    public void end() {
        socket.readDeadline(PASSED);
    }

    @Override
    public boolean drains() {
        return true;
    }

    @Override
    public void cutOff() {
        if (turns != null) {
            turns.cutOff();
        }
        if (!server.retiring() && closing.compareAndSet(false, true)) {
            dropWhatIsQueued();
        }
        lost();
        leave();
        try {
            role.close();
        } catch (IOException closedNevertheless) {
            // The descriptor is gone.
        }
    }

    /** Its endpoint is no longer one of ours. */
    private void leave() {
        if (local instanceof InetEndpoint inet && counted.compareAndSet(true, false)) {
            OwnPorts.count(inet, -1);
        }
    }

    @Override
    public void run() {
        try {
            while (socket.isOpen() && !server.leaving()) {
                try {
                    serve(socket.recvBatch(batch, 0));
                } catch (SocketTimeoutException cut) {
                    // Undone even if the server stops: that is looked for next.
                    socket.readDeadline(Deadline.NONE);
                } catch (IOException failed) {
                    fail(failed);
                }
            }
            if (!server.retiring()) {
                serveWhatIsQueued();
            }
            if (turns != null && socket.isOpen()) {
                turns.awaitAll();
            }
        } catch (InterruptedException stopped) {
            // By the server, which is stopping.
        } finally {
            cutOff();
        }
    }

    /**
     * Serves one datagram on the calling thread, and leaves the socket open; the loop has no other
     * use then.
     *
     * @return whether one came in time
     */
    boolean serveOne(Deadline by) throws IOException {
        socket.readDeadline(by);
        try {
            while (true) {
                try {
                    serve(socket.recvBatch(batch, 0));
                    return true;
                } catch (SocketTimeoutException nobody) {
                    return false;
                } catch (IOException failed) {
                    if (!is(failed, Errno.ECONNREFUSED)) {
                        throw failed;
                    }
                }
            }
        } finally {
            leave();
            socket.readDeadline(Deadline.NONE);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // by the loop's own thread alone
    private void serveWhatIsQueued() {
        try {
            for (int last = LAST; last > 0; ) {
                int count = socket.recvBatch(batch, MessageFlag.MSG_DONTWAIT);
                serve(count);
                last -= count;
                lastHandled += count;
            }
        } catch (IOException nothing) {
            // That was all.
        }
    }

    /** What nobody will answer is counted, within bounds: senders may be faster than that. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // by the one thread that closes
    private void dropWhatIsQueued() {
        var thrownAway = new MessageBatch(BATCH, 1);
        try {
            while (lastDropped < MOST_DROPPED) {
                lastDropped += socket.recvBatch(thrownAway, MessageFlag.MSG_DONTWAIT);
            }
        } catch (IOException nothing) {
            // That was all.
        }
    }

    /** What became of what was queued when the server stopped. */
    StopReport.Datagrams last() {
        return new StopReport.Datagrams(lastHandled, lastDropped);
    }

    private void fail(IOException failed) throws InterruptedException {
        if (is(failed, Errno.ECONNREFUSED) || !socket.isOpen()) {
            // An answer came to a port where nobody listens any more; or this is the end.
            return;
        }
        if (!troubled) {
            troubled = true;
            server.observe(observer -> observer.troubled(local, failed));
        }
        Thread.sleep(PAUSE);
    }

    private void serve(int count) throws IOException {
        if (troubled) {
            troubled = false;
            server.observe(observer -> observer.recovered(local, 0));
        }
        received.addAndGet(count);
        answers.clear();
        for (int i = 0; i < count && !isCut(); i++) {
            if (batch.truncated(i)) {
                truncated.incrementAndGet();
            } else if (!access.isEmpty() && !isAllowed(i)) {
                denied.incrementAndGet();
            } else {
                handle(requests[i]);
            }
        }
        flush();
    }

    private boolean isCut() {
        return server.stopping() && Thread.currentThread().isInterrupted();
    }

    private boolean isAllowed(int i) {
        if (!access.allows(batch.peer(i))) {
            return false;
        }
        PeerCredentials sender = access.hasUsers() ? credentials(i) : null;
        return sender == null || access.allowsUid(sender.uid());
    }

    private @Nullable PeerCredentials credentials(int i) {
        for (Ancillary each : asksSender ? batch.ancillary(i) : List.<Ancillary>of()) {
            if (each instanceof Ancillary.Credentials(int pid, int uid, int gid)) {
                return new PeerCredentials(pid, uid, gid);
            }
        }
        return null;
    }

    /** Which address a datagram came to. */
    private Endpoint localOf(int i) {
        for (Ancillary each : asksAddress ? batch.ancillary(i) : List.<Ancillary>of()) {
            if (each instanceof Ancillary.PacketInfo info) {
                IpAddress to = info.local().isUnspecified() ? info.destination() : info.local();
                boolean scoped = to.isLinkLocal() && !to.isIpv4();
                return new InetEndpoint(to, ownPort, 0, scoped ? info.interfaceIndex() : 0);
            }
        }
        return local;
    }

    private void handle(Received request) {
        request.valid = true;
        try {
            if (turns != null) {
                turns.start(request);
            } else {
                handler.handle(request);
            }
        } catch (InterruptedException cut) {
            if (server.stopping()) {
                // By the server, which waits no longer; the rest goes unanswered.
                Thread.currentThread().interrupt();
            } else {
                failed(request.peer(), cut);
            }
        } catch (Throwable thrown) {
            failed(request.peer(), thrown);
        } finally {
            request.valid = false;
        }
    }

    private void failed(@Nullable Endpoint peer, Throwable thrown) {
        server.observe(observer -> observer.requestFailed(peer, thrown));
    }

    /** Sends what was answered. No one peer can hold that up for long. */
    private void flush() throws IOException {
        int from = 0;
        while (from < answers.count()) {
            try {
                from += socket.sendBatch(answers, from, MessageFlag.MSG_DONTWAIT);
            } catch (IOException failed) {
                if (!(failed instanceof ErrnoFailure)) {
                    throw failed;
                }
                if (!is(failed, Errno.EAGAIN) || !patience.pause()) {
                    undelivered.incrementAndGet();
                    from++;
                }
            }
        }
        answers.clear();
    }

    private static boolean is(IOException failed, Errno errno) {
        return failed instanceof ErrnoFailure failure && failure.errno().equals(errno);
    }

    /** A request in the loop's own batch. */
    final class Received implements Request, PeerFacts {
        private final int index;
        private boolean valid;

        private Received(int index) {
            this.index = index;
        }

        private void check() {
            if (!valid) {
                throw new IllegalStateException("the handler has returned; copy() keeps a request");
            }
        }

        @Override
        public ByteBuffer payload() {
            check();
            return batch.payload(index);
        }

        @Override
        public @Nullable Endpoint peer() {
            check();
            return batch.peer(index);
        }

        @Override
        public Endpoint local() {
            check();
            return localOf(index);
        }

        @Override
        public @Nullable PeerCredentials credentials() {
            check();
            return DatagramLoop.this.credentials(index);
        }

        @Override
        public int answerRoom() {
            check();
            return desk != null && batch.copyPeerAddress(index, address)
                    ? desk.room(batch.length(index), address)
                    : Integer.MAX_VALUE;
        }

        @Override
        public void reply(ByteBuffer answer) throws IOException {
            check();
            if (!batch.hasPeer(index) || answer.remaining() > ServerSettings.LONGEST_DATAGRAM) {
                answer.position(answer.limit());
                undelivered.incrementAndGet();
                return;
            }
            if (!admits(answer.remaining())) {
                answer.position(answer.limit());
                return;
            }
            if (answers.count() == BATCH) {
                flush();
            }
            answers.addReply(answer, batch, index);
        }

        private boolean admits(int answer) {
            return desk == null
                    || !batch.copyPeerAddress(index, address)
                    || desk.admits(
                            address, batch.peerPort(index), this, answer, batch.length(index));
        }

        @Override
        public Kept copy() {
            ByteBuffer mine = payload().duplicate();
            ByteBuffer copy = ByteBuffer.allocate(mine.remaining()).put(mine).flip();
            byte[] from = new byte[ADDRESS];
            boolean overIp = batch.copyPeerAddress(index, from);
            return new Kept(
                    copy,
                    batch.length(index),
                    peer(),
                    overIp ? from : null,
                    batch.peerPort(index),
                    local(),
                    credentials());
        }
    }

    /** A request that outlives its handler's call. */
    final class Kept implements Request, PeerFacts {
        private final ByteBuffer payload;
        private final int length;
        private final @Nullable Endpoint peer;
        private final byte @Nullable [] from;
        private final int port;
        private final Endpoint local;
        private final @Nullable PeerCredentials credentials;

        private Kept(
                ByteBuffer payload,
                int length,
                @Nullable Endpoint peer,
                byte @Nullable [] from,
                int port,
                Endpoint local,
                @Nullable PeerCredentials credentials) {
            this.payload = payload;
            this.length = length;
            this.peer = peer;
            this.from = from;
            this.port = port;
            this.local = local;
            this.credentials = credentials;
        }

        /** Has it handled, and reports what was thrown. */
        void serve(DatagramHandler handler) {
            try {
                handler.handle(this);
            } catch (Throwable thrown) {
                failed(peer, thrown);
            }
        }

        @Override
        public ByteBuffer payload() {
            return payload;
        }

        @Override
        public @Nullable Endpoint peer() {
            return peer;
        }

        @Override
        public Endpoint local() {
            return local;
        }

        @Override
        public @Nullable PeerCredentials credentials() {
            return credentials;
        }

        @Override
        public int answerRoom() {
            return desk == null || from == null ? Integer.MAX_VALUE : desk.room(length, from);
        }

        @Override
        public void reply(ByteBuffer answer) throws IOException {
            int end = answer.limit();
            if (desk != null
                    && from != null
                    && !desk.admits(from, port, this, answer.remaining(), length)) {
                answer.position(end);
                return;
            }
            try {
                if (peer != null) {
                    send(answer, peer);
                    return;
                }
            } catch (IOException failed) {
                if (!(failed instanceof ErrnoFailure)) {
                    throw failed;
                }
            }
            answer.position(end);
            undelivered.incrementAndGet();
        }

        private void send(ByteBuffer answer, Endpoint to) throws IOException {
            if (asksAddress && local instanceof InetEndpoint inet && isOfOne(inet)) {
                var answerFrom = Ancillary.PacketInfo.from(inet.address(), inet.scopeId());
                socket.sendMsg(
                        new ByteBuffer[] {answer},
                        List.of(answerFrom),
                        MessageFlag.MSG_DONTWAIT,
                        to);
            } else {
                socket.sendTo(answer, to, MessageFlag.MSG_DONTWAIT);
            }
        }

        /** Not of all, as when the kernel did not say, nor of many. */
        private static boolean isOfOne(InetEndpoint local) {
            return !local.isWildcard() && !local.address().isMulticast();
        }

        @Override
        public Request copy() {
            ByteBuffer mine = payload.duplicate();
            ByteBuffer copy = ByteBuffer.allocate(mine.remaining()).put(mine).flip();
            return new Kept(copy, length, peer, from, port, local, credentials);
        }
    }
}
