// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.ErrnoFailure;
import sockeye.SocketType;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.wait.Epoll;
import sockeye.internal.wait.Slots;
import sockeye.reactor.DriverKind;
import sockeye.reactor.DriverReport;
import sockeye.reactor.internal.Operation.Progress;

import java.io.IOException;
import java.util.List;

/**
 * Operations attempted as system calls, when epoll says that it is worth it; what sends is
 * attempted at once.
 *
 * <p>Level-triggered. What is watched for is changed only when it has proved wrong: an event that
 * nobody waits for takes its bit away, and an operation that finds its bit missing adds it.
 */
final class EpollDriver extends KernelDriver {
    private static final int IN = Epoll.EPOLLIN | Epoll.EPOLLRDHUP;
    private static final int OUT = Epoll.EPOLLOUT;

    /** What cannot be left out of what is watched for. */
    private static final int TROUBLE = Epoll.EPOLLERR | Epoll.EPOLLHUP;

    private static final int ANY_INPUT = IN | Epoll.EPOLLPRI | TROUBLE;

    /**
     * How many events one call brings. Each may keep a chunk until the next turn, when its send is
     * told: so few that the chunks are of the pool, and that the processor's cache has room.
     */
    private static final int EVENTS = 64;

    /** How many connections or messages one event may bring before others have their turn. */
    private static final int AT_ONCE = 32;

    private static final long BELL = -1;

    private final Epoll epoll;
    private final Epoll.Events events = new Epoll.Events(EVENTS);
    private final Slots<KernelChannel> channels = new Slots<>();
    private final String why;
    private @Nullable MessageRooms rooms;
    private @Nullable MessageRooms roomsWithControl;
    private boolean ended;

    EpollDriver(Kernel kernel, String why, Spin spin) throws IOException {
        super(kernel, spin);
        this.why = why;
        this.epoll = open(kernel);
        epoll.control(Epoll.EPOLL_CTL_ADD, bell, Epoll.EPOLLIN, BELL);
    }

    private Epoll open(Kernel kernel) throws IOException {
        boolean done = false;
        try {
            Epoll opened = Epoll.open(kernel);
            done = true;
            return opened;
        } finally {
            if (!done) {
                super.close();
            }
        }
    }

    @Override
    DriverReport report() {
        return new DriverReport(DriverKind.EPOLL, why, List.of(), List.of());
    }

    @Override
    void begin() {
        ended = false;
    }

    @Override
    void end() {
        ended = true;
    }

    @Override
    void submit(Operation operation) {
        operation.progress = Progress.PENDING;
        KernelChannel channel = operation.kernelChannel();
        if (operation.isInput()) {
            channel.input = operation;
            watch(channel, operation instanceof PollReadiness poll ? poll.interest : IN);
            return;
        }
        int result = attempt(operation);
        if (result != Operation.EAGAIN || cannotWait(operation)) {
            done(operation, result);
        } else {
            channel.output = operation;
            watch(channel, OUT);
        }
    }

    /** Where no event tells that there is room now, the owner tries again by the clock. */
    private static boolean cannotWait(Operation operation) {
        return switch (operation) {
            case SendMessage send -> send.kernelChannel().hasSilentRoom();
            case Connect connect -> !connect.isBegun();
            case Accept a -> false;
            case PollReadiness p -> false;
            case Receive r -> false;
            case ReceiveMessage r -> false;
            case Send s -> false;
        };
    }

    private int attempt(Operation operation) {
        int result;
        do {
            result = operation.attempt(this);
        } while (result == Operation.EINTR);
        return result;
    }

    @Override
    void cancel(Operation operation) {
        if (operation.progress != Progress.PENDING) {
            return;
        }
        Channel channel = operation.channel;
        if (operation.isInput()) {
            channel.input = null;
            forget(operation);
        } else {
            channel.output = null;
        }
        done(operation, Operation.ECANCELED);
    }

    private void watch(KernelChannel channel, int mask) {
        if (channel.interest < 0) {
            channel.slot = channels.add(channel);
            control(channel, Epoll.EPOLL_CTL_ADD, mask);
        } else if ((channel.interest & mask) != mask) {
            control(channel, Epoll.EPOLL_CTL_MOD, channel.interest | mask);
        }
    }

    private void control(KernelChannel channel, int operation, int mask) {
        long token = channels.token(channel.slot);
        int result = epoll.control(operation, channel.fd, mask, token);
        if (result < 0 && operation != Epoll.EPOLL_CTL_DEL) {
            refuse(channel, result);
            return;
        }
        if (operation == Epoll.EPOLL_CTL_DEL) {
            channels.remove(channel.slot);
            channel.interest = -1;
        } else {
            channel.interest = mask;
        }
    }

    /** No memory, or no room in the user's share of watches: all that would wait fails. */
    private void refuse(KernelChannel channel, int result) {
        if (channel.interest < 0) {
            channels.remove(channel.slot);
        }
        Operation input = channel.input;
        if (input != null) {
            channel.input = null;
            done(input, result);
        }
        Operation output = channel.output;
        if (output != null) {
            channel.output = null;
            done(output, result);
        }
    }

    @Override
    void turn(long nanos) throws IOException {
        boolean some = hasDone();
        tellDone();
        if (ended) {
            return;
        }
        int count = some || hasDone() || nanos <= 0 ? ask() : spin.await(this, nanos);
        if (count < 0 && count != Operation.EINTR) {
            throw ErrnoFailure.of("epoll_wait", -count, "", null, null, 0);
        }
        for (int i = 0; i < count; i++) {
            long token = events.data(i);
            if (token == BELL) {
                hush();
                continue;
            }
            KernelChannel channel = channels.at(token);
            if (channel != null) {
                event(channel, events.mask(i));
            }
        }
    }

    @Override
    public int ask() {
        return epoll.poll(events);
    }

    @Override
    public int sleep(long nanos) {
        return epoll.await(events, milliseconds(nanos));
    }

    private static int milliseconds(long nanos) {
        return nanos == Long.MAX_VALUE
                ? -1
                : (int) Math.min((nanos + 999_999) / 1_000_000, 3_600_000);
    }

    /** What was watched for may be something that nothing else takes away. */
    private void forget(Operation operation) {
        if (operation instanceof PollReadiness poll && poll.kernelChannel().interest >= 0) {
            control(poll.kernelChannel(), Epoll.EPOLL_CTL_DEL, 0);
        }
    }

    private void event(KernelChannel channel, int mask) {
        if (channel.input instanceof PollReadiness poll) {
            // It says itself what it wants, and that is all there is of its channel.
            poll.tell(mask);
            return;
        }
        boolean wanted = false;
        if ((mask & (OUT | TROUBLE)) != 0) {
            Operation output = channel.output;
            if (output != null) {
                wanted = true;
                go(channel, output, mask);
            }
        }
        if ((mask & ANY_INPUT) != 0) {
            Operation input = channel.input;
            if (input != null) {
                wanted = true;
                go(channel, input, mask);
            }
        }
        if (channel.interest < 0) {
            return;
        }
        if (!wanted && (mask & TROUBLE) != 0) {
            // It would be reported for ever.
            control(channel, Epoll.EPOLL_CTL_DEL, 0);
            return;
        }
        int needless =
                (channel.input == null ? mask & IN : 0) | (channel.output == null ? mask & OUT : 0);
        if ((channel.interest & needless) != 0) {
            int left = channel.input == null && (needless & IN) != 0 ? ~IN : ~0;
            left &= (needless & OUT) != 0 ? ~OUT : ~0;
            control(channel, Epoll.EPOLL_CTL_MOD, channel.interest & left);
        }
    }

    private void go(KernelChannel channel, Operation operation, int mask) {
        if (operation instanceof ReceiveMessage many
                && channel.receivesMany()
                && many.descriptors == 0) {
            goMany(channel, many);
            return;
        }
        int most = operation instanceof Receive ? 1 : AT_ONCE;
        for (int i = 0; i < most && operation.progress == Progress.PENDING; i++) {
            int result = attempt(operation);
            if (result == Operation.EAGAIN) {
                if ((mask & Epoll.EPOLLHUP) == 0
                        || !operation.isInput()
                        || channel.isUnixStream()
                        || channel.isTcp()
                        || channel.type() == SocketType.SOCK_DGRAM
                        || hasBytes(channel)) {
                    return;
                }
                // TIPC says so where it has nothing more, and never will have.
                result = 0;
            }
            if (!operation.goesOnAfter(result)) {
                leave(channel, operation);
            }
            operation.tell(result);
        }
    }

    private MessageRooms rooms(KernelChannel channel) {
        // Where nobody asks for what comes beside a message, a Unix socket could bring descriptors.
        int controlRoom = channel.controlRoom();
        MessageRooms known = controlRoom > 0 ? roomsWithControl : rooms;
        if (known != null) {
            return known;
        }
        var fresh = new MessageRooms(chunks(), controlRoom);
        if (controlRoom > 0) {
            roomsWithControl = fresh;
        } else {
            rooms = fresh;
        }
        return fresh;
    }

    private void goMany(KernelChannel channel, ReceiveMessage operation) {
        MessageRooms rooms = rooms(channel);
        int count;
        do {
            count = rooms.receive(channel);
        } while (count == Operation.EINTR);
        if (count == Operation.EAGAIN) {
            return;
        }
        if (count < 0) {
            leave(channel, operation);
            operation.tell(count);
            return;
        }
        for (int i = 0; i < count; i++) {
            // The owner keeps, or drops, what comes after it has cancelled.
            Chunk message = rooms.take(i);
            operation.put(message);
            operation.tell(message.length());
        }
    }

    private static void leave(KernelChannel channel, Operation operation) {
        if (operation.isInput()) {
            channel.input = null;
        } else {
            channel.output = null;
        }
        operation.progress = Progress.IDLE;
        operation.settle();
    }

    @Override
    void forget(KernelChannel channel) {
        if (channel.interest >= 0) {
            control(channel, Epoll.EPOLL_CTL_DEL, 0);
        }
    }

    @Override
    void close() {
        kernel.close(epoll.fd());
        super.close();
    }
}
