// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.PollSet;
import sockeye.Role;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;

/**
 * What a server does on threads of its own: it takes in at one socket or several, and minds the
 * clock.
 */
final class ServerTasks {
    private final Server server;
    private final List<Running> all = new ArrayList<>();
    private final List<Intake> intakes = new ArrayList<>();

    /** Those of the threads that have to be waited for. */
    private final Set<Thread> busy = ConcurrentHashMap.newKeySet();

    /** Makes what takes in at one of a server's sockets. */
    interface IntakeMaker<R extends Role> {
        Intake make(Server server, R socket) throws IOException;
    }

    private record Running(ServerTask task, Thread thread) {
        void interrupt() {
            if (thread != Thread.currentThread()) {
                thread.interrupt();
            }
        }
    }

    ServerTasks(Server server) {
        this.server = server;
    }

    <R extends Role> void takeIn(String kind, Endpoint local, R socket, IntakeMaker<R> maker)
            throws IOException {
        Intake intake = maker.make(server, socket);
        intakes.add(intake);
        add(intake, kind + " " + local);
    }

    void add(ServerTask task, String name) {
        all.add(new Running(task, Thread.ofVirtual().name(name).unstarted(() -> run(task))));
    }

    void start() {
        all.forEach(each -> busy.add(each.thread));
        all.forEach(each -> each.thread.start());
    }

    private void run(ServerTask task) {
        try {
            task.run();
        } finally {
            busy.remove(Thread.currentThread());
            server.left(task);
        }
    }

    /** Whether one still takes in. */
    boolean takeIn() {
        for (Running each : all) {
            if (each.task instanceof Intake && busy.contains(each.thread)) {
                return true;
            }
        }
        return false;
    }

    /** Whether none is left that has to be waited for. */
    boolean areDone() {
        return busy.isEmpty();
    }

    /** The calling thread need not be waited for. */
    void excuseCaller() {
        busy.remove(Thread.currentThread());
        ConcurrentDatagrams.excuseCaller();
    }

    void end() {
        for (Running each : all) {
            each.task.end();
            if (!each.task.drains()) {
                each.interrupt();
            }
        }
    }

    void cutOff() {
        for (Running each : all) {
            each.task.cutOff();
            each.interrupt();
        }
    }

    List<Intake> intakes() {
        return intakes;
    }

    /** A number of all that receive datagrams, together. */
    long sum(ToLongFunction<DatagramLoop> number) {
        long sum = 0;
        for (Intake each : intakes) {
            if (each instanceof DatagramLoop loop) {
                sum += number.applyAsLong(loop);
            }
        }
        return sum;
    }

    /** What became of the datagrams at all sockets; how many failed is counted elsewhere. */
    ServerStatistics.Datagrams datagrams(long failed) {
        var sum = ServerStatistics.Datagrams.failed(failed);
        for (Intake each : intakes) {
            if (each instanceof DatagramLoop loop) {
                sum = sum.plus(loop.counts());
            }
        }
        return sum;
    }

    long taken() {
        return intakes.stream().mapToLong(Intake::taken).sum();
    }

    /** Whether something has come to one of the sockets that should be taken in now. */
    boolean areBehind() throws IOException {
        var poll = new PollSet();
        for (Intake each : intakes) {
            if (!each.holdsBack()) {
                poll.register(each.source(), PollSet.POLLIN);
            }
        }
        return !poll.poll(Deadline.after(Duration.ZERO)).isEmpty();
    }
}
