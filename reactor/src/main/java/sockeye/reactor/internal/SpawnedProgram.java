// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.ChildCommand;
import sockeye.ChildExit;
import sockeye.ChildProcess;
import sockeye.ChildStream;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.PassedDescriptor;
import sockeye.ProcessSignal;
import sockeye.Readiness;
import sockeye.reactor.DelayedCall;
import sockeye.reactor.Protocol;
import sockeye.reactor.Reactor;
import sockeye.reactor.Subprocess;
import sockeye.reactor.SubprocessSettings;
import sockeye.reactor.Transport;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A child whose streams are connections of a loop, and whose end the loop watches. */
public final class SpawnedProgram implements Subprocess {
    private final Loop loop;
    private final ChildProcess child;
    private final boolean killed;
    private @Nullable Transport dialogue;
    private @Nullable Transport errors;
    private @Nullable DelayedCall patience;

    private final CompletableFuture<ChildExit> exit = new CompletableFuture<>();
    private final CompletableFuture<ChildExit> end = new CompletableFuture<>();

    /** How many connections are not over. */
    private int open;

    private SpawnedProgram(Loop loop, ChildProcess child, boolean killed) {
        this.loop = loop;
        this.child = child;
        this.killed = killed;
    }

    /** Starts one, off the loop's thread, for it waits until the program is running. */
    public static CompletableFuture<Subprocess> start(
            Reactor reactor, SubprocessSettings settings) {
        Loop loop = (Loop) reactor;
        loop.checkOpen();
        if (!(loop.driverInUse() instanceof KernelDriver driver)) {
            throw new UnsupportedOperationException("a simulator runs no programs");
        }
        ChildCommand command = piped(settings);
        var result = new CompletableFuture<Subprocess>();
        driver.startBlocking(
                loop,
                () -> {
                    try {
                        ChildProcess child = command.start();
                        Runnable begin = () -> begin(loop, child, settings, result);
                        new Handed(result, begin, () -> forsake(child, true)).to(loop);
                    } catch (Throwable failed) {
                        loop.hand(result, () -> result.completeExceptionally(failed));
                    }
                });
        return result;
    }

    private static ChildCommand piped(SubprocessSettings settings) {
        ChildCommand command = settings.command();
        for (int number = 0; number < 3; number++) {
            Protocol whose = number < 2 ? settings.dialogue() : settings.errors();
            if (whose != null && !command.streams().containsKey(number)) {
                command = command.with(number, ChildStream.piped());
            }
        }
        return command;
    }

    private static void begin(
            Loop loop,
            ChildProcess child,
            SubprocessSettings settings,
            CompletableFuture<Subprocess> result) {
        var made = new SpawnedProgram(loop, child, settings.killed());
        try {
            made.begin(settings);
        } catch (IOException | RuntimeException failed) {
            made.abort();
            forsake(child, true);
            result.completeExceptionally(failed);
            return;
        }
        if (!result.complete(made)) {
            made.abort(); // given up a moment ago
            made.kill();
        }
    }

    private void begin(SubprocessSettings settings) throws IOException {
        Protocol talks = settings.dialogue();
        if (talks != null) {
            var named = settings.command().streams();
            PassedDescriptor from = named.containsKey(1) ? null : child.pipe(1);
            PassedDescriptor to = named.containsKey(0) ? null : child.pipe(0);
            dialogue = Adoption.adopt(loop, from, to, talks, true);
            follow(dialogue);
        }
        Protocol listens = settings.errors();
        if (listens != null) {
            errors = Adoption.adopt(loop, child.pipe(2), null, listens, true);
            follow(errors);
        }
        var watching =
                Watching.open(
                        loop,
                        child,
                        Readiness.EPOLLIN,
                        (watch, ready) -> {
                            if (hasEnded()) {
                                watch.close();
                            }
                        });
        watching.whenOver(why -> over());
    }

    private void follow(Transport transport) {
        open++;
        Aftermath.of(
                transport,
                why -> {
                    open--;
                    tellEnd();
                });
    }

    private void abort() {
        if (dialogue != null) {
            dialogue.abort();
        }
        if (errors != null) {
            errors.abort();
        }
    }

    /** Its descriptor is readable: it can be reaped. */
    private boolean hasEnded() {
        try {
            ChildExit how = child.poll();
            return how != null && exit.complete(how);
        } catch (IOException reaped) {
            exit.completeExceptionally(reaped);
            end.completeExceptionally(reaped);
            return true;
        }
    }

    /** It is watched no longer: it has ended, or the loop has. */
    private void over() {
        if (patience != null) {
            patience.cancel();
        }
        if (exit.isDone()) {
            forsake(child, false);
            tellEnd();
            return;
        }
        forsake(child, killed);
        exit.completeExceptionally(Member.aborted());
        end.completeExceptionally(Member.aborted());
    }

    private void tellEnd() {
        if (open == 0 && exit.state() == CompletableFuture.State.SUCCESS) {
            end.complete(exit.resultNow());
        }
    }

    private static void forsake(ChildProcess child, boolean killed) {
        try (child) {
            if (killed) {
                send(child, ProcessSignal.SIGKILL);
            }
        } catch (IOException late) {
            System.getLogger("sockeye.reactor").log(System.Logger.Level.DEBUG, "child", late);
        }
    }

    private static void send(ChildProcess child, ProcessSignal signal) throws IOException {
        try {
            child.signal(signal);
        } catch (IOException refused) {
            boolean ended =
                    refused instanceof ErrnoFailure failure && failure.errno().equals(Errno.ESRCH);
            if (!ended) {
                throw refused;
            }
        }
    }

    @Override
    public long pid() {
        return child.pid();
    }

    @Override
    public boolean isAlive() {
        return !exit.isDone();
    }

    @Override
    public Optional<Transport> dialogue() {
        return Optional.ofNullable(dialogue);
    }

    @Override
    public Optional<Transport> errors() {
        return Optional.ofNullable(errors);
    }

    @Override
    public CompletableFuture<ChildExit> exit() {
        return exit.copy();
    }

    @Override
    public CompletableFuture<ChildExit> end() {
        return end.copy();
    }

    @Override
    public void signal(ProcessSignal signal) throws IOException {
        loop.check();
        if (isAlive()) {
            send(child, signal);
        }
    }

    @Override
    public void terminate(Duration grace) throws IOException {
        signal(ProcessSignal.SIGTERM);
        if (isAlive()) {
            DelayedCall armed = patience;
            if (armed != null) {
                armed.cancel();
            }
            patience = loop.after(grace, this::kill);
        }
    }

    private void kill() {
        try {
            signal(ProcessSignal.SIGKILL);
        } catch (IOException refused) {
            loop.report(refused);
        }
    }

    @Override
    public String toString() {
        return "Subprocess[" + child + "]";
    }
}
