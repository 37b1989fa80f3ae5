// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.EndpointSpec;
import sockeye.ErrnoFailure;
import sockeye.OptionSetting;
import sockeye.SocketType;
import sockeye.reactor.DriverKind;
import sockeye.reactor.DriverReport;
import sockeye.reactor.internal.Operation.Progress;
import sockeye.reactor.internal.SimulatedChannel.Parcel;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Operations on a network in memory. What happens, happens inside a turn. */
final class SimulatedDriver extends Driver {
    private static final int EPIPE = -32;
    private static final int EADDRINUSE = 98;
    private static final int ECONNRESET = -104;
    private static final int EDESTADDRREQ = -89;
    private static final int ECONNREFUSED = -111;
    private static final int QUEUE = 256;

    private final SimulatedNetwork network;
    private final Set<Fiber> fibers = new LinkedHashSet<>();
    private final Map<Integer, SimulatedChannel> made = new HashMap<>();
    private int handles;
    private boolean ended = true;
    private final Object bell = new Object();
    private boolean rung; // guarded by bell

    SimulatedDriver(SimulatedNetwork network) {
        this.network = network;
    }

    @Override
    DriverReport report() {
        return new DriverReport(
                DriverKind.SIMULATOR, "the network is in memory", List.of(), List.of());
    }

    @Override
    long nanos() {
        return network.nanos();
    }

    @Override
    long epochNanos() {
        return network.epochNanos();
    }

    @Override
    RandomGenerator random() {
        return network.random;
    }

    @Override
    void startBlocking(Loop loop, Runnable task) {
        Fiber.start(loop, fibers, task);
    }

    /** The threads that have been started and have not ended. */
    Set<Fiber> fibers() {
        return fibers;
    }

    @Override
    void begin() {
        ended = false;
    }

    @Override
    void end() {
        ended = true;
    }

    /** Whether something is to happen by then. */
    boolean isPending(long until) {
        return hasDone() || (network.next() != Long.MAX_VALUE && network.next() - until <= 0);
    }

    @Override
    void turn(long nanos) throws IOException {
        boolean some = hasDone();
        tellDone();
        if (ended || some || hasDone()) {
            return;
        }
        long limit = nanos == Long.MAX_VALUE ? Long.MAX_VALUE : network.nanos() + nanos;
        if (network.next() <= limit && network.next() != Long.MAX_VALUE) {
            network.step();
        } else if (limit != Long.MAX_VALUE) {
            network.advanceTo(limit);
        } else {
            awaitBell();
        }
    }

    /** Nothing will ever happen here: but somebody else may want something. */
    private void awaitBell() throws IOException {
        synchronized (bell) {
            while (!rung) {
                try {
                    bell.wait();
                } catch (InterruptedException cut) {
                    Thread.currentThread().interrupt();
                    throw new InterruptedIOException("interrupted");
                }
            }
            rung = false;
        }
    }

    @Override
    void wake() {
        synchronized (bell) {
            rung = true;
            bell.notifyAll();
        }
    }

    /** Where a text says, in a network without names. */
    static Endpoint literal(EndpointSpec spec) {
        try {
            return spec.toEndpoint();
        } catch (UnknownHostException scope) {
            throw new IllegalArgumentException(scope);
        }
    }

    // Sockets.

    @Override
    Channel listen(Endpoint local, int type, OptionSetting<?>... settings) throws IOException {
        SimulatedChannel channel = bound(local, type);
        channel.listening = true;
        return channel;
    }

    @Override
    Channel bind(Endpoint local, OptionSetting<?>... settings) throws IOException {
        return bound(local, SocketType.SOCK_DGRAM);
    }

    private SimulatedChannel bound(Endpoint local, int type) throws IOException {
        SimulatedChannel channel = network.channel(type);
        Endpoint actual = network.bind(local, channel);
        if (actual == null) {
            throw ErrnoFailure.of("bind", EADDRINUSE, null, local, null, 0);
        }
        channel.local = actual;
        return channel;
    }

    @Override
    Channel socket(
            Endpoint peer,
            int type,
            int protocol,
            @Nullable Endpoint local,
            OptionSetting<?>... settings)
            throws IOException {
        if (local != null) {
            return bound(local, type);
        }
        SimulatedChannel channel = network.channel(type);
        Endpoint name = network.clientOf(peer);
        channel.local = name;
        if (type == SocketType.SOCK_DGRAM) {
            network.bind(name, channel);
        }
        return channel;
    }

    @Override
    @Nullable Channel accepted(Channel listener, int handle) {
        return made.remove(handle);
    }

    @Override
    boolean turnAway(Channel listener, Runnable meanwhile) {
        return false;
    }

    @Override
    boolean hasInput(Channel channel) {
        SimulatedChannel c = (SimulatedChannel) channel;
        return !c.arrived.isEmpty() || c.endArrived || c.broken != 0;
    }

    @Override
    int shutdownOutput(Channel channel) {
        SimulatedChannel c = (SimulatedChannel) channel;
        if (!c.outputShut) {
            c.outputShut = true;
            SimulatedChannel other = c.other;
            if (other != null) {
                network.note(c, "ends", 0);
                arrive(other, () -> other.endArrived = true);
            }
        }
        return 0;
    }

    @Override
    void close(Channel channel, boolean reset) {
        SimulatedChannel c = (SimulatedChannel) channel;
        c.closed = true;
        network.unbind(c);
        for (SimulatedChannel waiting : c.backlog) {
            close(waiting, true);
        }
        SimulatedChannel other = c.other;
        if (other == null) {
            return;
        }
        // What the window has taken after the end is unread, too.
        if (reset || !c.arrived.isEmpty() || (other.cutShort && c.window > 0)) {
            arrive(other, () -> broken(other));
        } else {
            shutdownOutput(c);
        }
        c.arrived.clear();
    }

    private void broken(SimulatedChannel channel) {
        network.note(channel, "is reset", 0);
        channel.broken = ECONNRESET;
        channel.arrived.clear();
        Operation output = channel.output;
        if (output != null) {
            leave(output);
            done(output, ECONNRESET);
        }
    }

    @Override
    void close() {}

    // Operations.

    @Override
    void submit(Operation operation) {
        operation.progress = Progress.PENDING;
        SimulatedChannel channel = (SimulatedChannel) operation.channel;
        if (operation.isInput()) {
            channel.input = operation;
            look(channel);
            return;
        }
        channel.output = operation;
        switch (operation) {
            case Connect connect -> connect(channel, connect);
            case Send send -> send(channel, send);
            case SendMessage message -> sendMessage(channel, message);
            case Accept a -> throw new AssertionError(a);
            case PollReadiness p -> throw new AssertionError(p);
            case Receive r -> throw new AssertionError(r);
            case ReceiveMessage r -> throw new AssertionError(r);
        }
    }

    @Override
    void cancel(Operation operation) {
        if (operation.progress == Progress.PENDING) {
            leave(operation);
            done(operation, Operation.ECANCELED);
        }
    }

    private static void leave(Operation operation) {
        if (operation.isInput()) {
            operation.channel.input = null;
        } else {
            operation.channel.output = null;
        }
        operation.progress = Progress.IDLE;
    }

    private void connect(SimulatedChannel client, Connect connect) {
        network.after(
                network.delay(),
                () -> {
                    if (client.output != connect) {
                        return;
                    }
                    if (network.isSilent(connect.peer)) {
                        network.note(client, "is not answered", 0);
                        return;
                    }
                    SimulatedChannel listener = network.at(client.type(), connect.peer);
                    if (client.type() == SocketType.SOCK_DGRAM) {
                        client.peer = connect.peer;
                        leave(connect);
                        done(connect, 0);
                        return;
                    }
                    boolean refused = network.happens(network.settings.refusals());
                    if (refused || listener == null || !listener.listening || listener.closed) {
                        network.note(client, "is refused", 0);
                        leave(connect);
                        done(connect, ECONNREFUSED);
                        return;
                    }
                    SimulatedChannel server = network.channel(client.type());
                    server.local = connect.peer;
                    server.peer = client.local;
                    client.peer = connect.peer;
                    network.join(client, server);
                    network.note(client, "is connected to", server.number());
                    listener.backlog.add(server);
                    look(listener);
                    leave(connect);
                    done(connect, 0);
                });
    }

    private void send(SimulatedChannel from, Send send) {
        SimulatedChannel to = from.other;
        if (to == null || from.broken != 0 || to.closed || from.outputShut) {
            leave(send);
            done(send, from.broken != 0 ? from.broken : EPIPE);
            return;
        }
        if (network.happens(network.settings.resets())) {
            arrive(to, () -> broken(to));
            broken(from);
            look(from);
            return;
        }
        if (!from.cutShort && network.happens(network.settings.halfCloses())) {
            from.cutShort = true;
            network.note(from, "is cut short", 0);
            arrive(to, () -> to.endArrived = true);
        }
        Chunk head = send.head;
        int window = network.settings.window();
        int space = window - to.window;
        if (head == null || space < Math.max(1, Math.min(head.length(), window / 2))) {
            return; // until the peer reads, and not by the byte: RFC 1122, section 4.2.3.4
        }
        int count = network.some(Math.min(space, head.length()));
        byte[] bytes = new byte[count];
        MemorySegment.copy(head.memory, JAVA_BYTE, head.start, bytes, 0, count);
        to.window += count;
        network.note(from, "sends", count);
        if (!from.cutShort) {
            arrive(to, () -> put(to, new Parcel(bytes, from.local)));
        }
        leave(send);
        done(send, count);
    }

    private static void put(SimulatedChannel to, Parcel parcel) {
        if (!to.closed && to.broken == 0) {
            to.arrived.add(parcel);
        }
    }

    /** In the order in which it was sent, after some time. */
    private void arrive(SimulatedChannel to, Runnable what) {
        to.lastArrival = Math.max(to.lastArrival, network.nanos() + network.delay());
        network.at(
                to.lastArrival,
                () -> {
                    what.run();
                    look(to);
                });
    }

    private void sendMessage(SimulatedChannel from, SendMessage send) {
        Chunk message = send.head;
        if (message == null) {
            throw new AssertionError("nothing to send");
        }
        byte[] bytes = new byte[message.length()];
        MemorySegment.copy(message.memory, JAVA_BYTE, message.start, bytes, 0, bytes.length);
        var parcel = new Parcel(bytes, from.local);
        leave(send);
        SimulatedChannel other = from.other;
        if (other != null) {
            boolean gone = other.closed || from.broken != 0 || from.outputShut;
            if (!gone) {
                arrive(other, () -> put(other, parcel));
            }
            done(send, gone ? EPIPE : 1);
            return;
        }
        Endpoint named = from.decode(message);
        Endpoint to = named == null ? from.peer : named;
        if (to == null) {
            done(send, EDESTADDRREQ);
            return;
        }
        done(send, 1);
        int copies = network.happens(network.settings.loss()) ? 0 : 1;
        copies += network.happens(network.settings.duplicates()) ? 1 : 0;
        network.note(from, "sends a datagram, of which arrive", copies);
        for (int i = 0; i < copies; i++) {
            // Each by a way of its own: they may overtake each other.
            network.after(network.delay(), () -> deliver(from, to, parcel));
        }
    }

    private void deliver(SimulatedChannel from, Endpoint to, Parcel parcel) {
        SimulatedChannel receiver = network.at(SocketType.SOCK_DGRAM, to);
        if (receiver == null) {
            SimulatedNetwork.Stray stray = network.stray;
            if (stray != null) {
                stray.strayed(to, parcel);
            } else if (to.equals(from.peer) && !network.isSilent(to)) {
                // As ICMP says it of a port where nobody is, to who has connected to it.
                network.after(network.delay(), () -> refuse(from));
            }
            return;
        }
        deliver(receiver, parcel);
    }

    private void refuse(SimulatedChannel channel) {
        channel.refused = true;
        look(channel);
    }

    /** To a socket, unless it is full, or hears somebody else alone. */
    void deliver(SimulatedChannel receiver, Parcel parcel) {
        boolean heard = receiver.peer == null || receiver.peer.equals(parcel.sender);
        if (heard && receiver.arrived.size() < QUEUE) {
            receiver.arrived.add(parcel);
            look(receiver);
        }
    }

    /** Completes what can be received, by an event of its own. */
    private void look(SimulatedChannel channel) {
        if (!channel.lookIsDue && channel.input != null) {
            channel.lookIsDue = true;
            network.after(
                    0,
                    () -> {
                        channel.lookIsDue = false;
                        Operation input = channel.input;
                        if (input != null) {
                            receive(channel, input);
                        }
                    });
        }
    }

    private void receive(SimulatedChannel channel, Operation input) {
        int result =
                switch (input) {
                    case Accept a -> accept(channel);
                    case Receive r -> bytes(channel, r);
                    case ReceiveMessage r -> message(channel, r);
                    case Connect c -> throw new AssertionError(c);
                    case PollReadiness p -> throw new AssertionError(p);
                    case Send s -> throw new AssertionError(s);
                    case SendMessage s -> throw new AssertionError(s);
                };
        if (result == Operation.EAGAIN) {
            return;
        }
        if (!input.goesOnAfter(result)) {
            leave(input);
        }
        input.tell(result);
        look(channel);
    }

    private int accept(SimulatedChannel listener) {
        SimulatedChannel next = listener.backlog.poll();
        if (next == null) {
            return Operation.EAGAIN;
        }
        made.put(handles, next);
        return handles++;
    }

    private int bytes(SimulatedChannel channel, Receive receive) {
        if (channel.broken != 0) {
            return channel.broken;
        }
        Parcel first = channel.arrived.peek();
        if (first == null) {
            return channel.endArrived ? 0 : Operation.EAGAIN;
        }
        Chunk room = chunks().large();
        int left = first.bytes.length - channel.readOfFirst;
        int count = network.some(Math.min(left, room.capacity()));
        MemorySegment.copy(first.bytes, channel.readOfFirst, room.memory, JAVA_BYTE, 0, count);
        room.end = count;
        channel.readOfFirst += count;
        network.note(channel, "receives", count);
        if (channel.readOfFirst == first.bytes.length) {
            channel.arrived.poll();
            channel.readOfFirst = 0;
        }
        channel.window -= count;
        receive.put(room, false);
        SimulatedChannel other = channel.other;
        if (other != null && other.output instanceof Send waiting) {
            send(other, waiting);
        }
        return count;
    }

    private int message(SimulatedChannel channel, ReceiveMessage receive) {
        if (channel.broken != 0) {
            return channel.broken;
        }
        if (channel.refused) {
            channel.refused = false;
            return ECONNREFUSED;
        }
        Parcel first = channel.arrived.poll();
        if (first == null) {
            return channel.endArrived ? 0 : Operation.EAGAIN;
        }
        Chunk room = chunks().message();
        int start = Chunk.NAME_BYTES;
        int count = Math.min(first.bytes.length, room.capacity() - start);
        MemorySegment.copy(first.bytes, 0, room.memory, JAVA_BYTE, start, count);
        Endpoint sender = first.sender;
        room.nameStart = 0;
        room.nameLength = sender == null ? 0 : channel.encode(sender, room);
        room.start = start;
        room.end = start + count;
        receive.put(room);
        return count;
    }
}
