// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.AddressFamily;
import sockeye.Deadline;
import sockeye.ErrnoFailure;
import sockeye.InetEndpoint;
import sockeye.NameResolver;
import sockeye.OptionSetting;
import sockeye.ResolveFailure;
import sockeye.reactor.DelayedCall;
import sockeye.reactor.Protocol;
import sockeye.reactor.Relay;
import sockeye.reactor.SocksProxy;
import sockeye.reactor.Transport;
import sockeye.wire.DestinationRules;
import sockeye.wire.SocksAddress;
import sockeye.wire.SocksCommand;
import sockeye.wire.SocksLogin;
import sockeye.wire.SocksReply;
import sockeye.wire.SocksServerMachine;

import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** What is said to one client of SOCKS, until its connection is one end of a relay. */
public final class SocksConversation implements Protocol {
    /**
     * How a server is set up.
     *
     * @param destinations where clients may go
     * @param logins who may; null for anybody
     * @param handshake how long until the request is there, zero for ever
     * @param connecting how long until there is a connection, zero for ever
     * @param resolver whom to ask for addresses; null for the one in force
     * @param settings of the connections that are made
     * @param observer who is told
     */
    public record Rules(
            DestinationRules destinations,
            @Nullable Predicate<SocksLogin> logins,
            Duration handshake,
            Duration connecting,
            @Nullable NameResolver resolver,
            List<OptionSetting<?>> settings,
            SocksProxy.Observer observer) {

        /** Checks the times. */
        public Rules {
            settings = List.copyOf(settings);
            if (handshake.isNegative() || connecting.isNegative()) {
                throw new IllegalArgumentException("negative");
            }
        }

        /** The same with logins. */
        public Rules withLogins(Predicate<SocksLogin> asked) {
            return new Rules(
                    destinations, asked, handshake, connecting, resolver, settings, observer);
        }

        /** The same with another time. */
        public Rules withHandshake(Duration limit) {
            return new Rules(destinations, logins, limit, connecting, resolver, settings, observer);
        }

        /** The same with another time. */
        public Rules withConnecting(Duration limit) {
            return new Rules(destinations, logins, handshake, limit, resolver, settings, observer);
        }

        /** The same with a resolver. */
        public Rules withResolver(NameResolver asked) {
            return new Rules(
                    destinations, logins, handshake, connecting, asked, settings, observer);
        }

        /** The same with other options. */
        public Rules withSettings(OptionSetting<?>... these) {
            return new Rules(
                    destinations,
                    logins,
                    handshake,
                    connecting,
                    resolver,
                    List.of(these),
                    observer);
        }

        /** The same with an observer. */
        public Rules withObserver(SocksProxy.Observer told) {
            return new Rules(destinations, logins, handshake, connecting, resolver, settings, told);
        }
    }

    /** Has the far end until it is relayed to, which is before it can have said anything. */
    private static final class Joining implements Protocol {
        @Override
        public void received(Transport far, ByteBuffer bytes) {
            // Not reached.
        }
    }

    private final Rules rules;
    private final SocksServerMachine machine;
    private @Nullable DelayedCall deadline;
    private @Nullable CompletableFuture<?> underWay;
    private long begun;

    /** With one client. */
    public SocksConversation(Rules rules) {
        this.rules = rules;
        this.machine = new SocksServerMachine(rules.logins != null);
    }

    @Override
    public void opened(Transport near) {
        if (!rules.handshake.isZero()) {
            deadline = near.reactor().after(rules.handshake, () -> late(near));
        }
    }

    private void late(Transport near) {
        String why = "no request in " + rules.handshake;
        rules.observer.refused(near, why);
        LayerTransport.fail(near, new SocketTimeoutException("from " + near.peer() + ": " + why));
    }

    @Override
    public void received(Transport near, ByteBuffer bytes) {
        while (underWay == null) {
            switch (machine.next(bytes)) {
                case MORE -> {
                    return;
                }
                case SEND -> near.write(machine.output());
                case LOGIN -> judge();
                case REQUEST -> {
                    endWaiting();
                    near.pause();
                    asked(near);
                    return;
                }
                case REFUSED -> {
                    rules.observer.refused(near, String.valueOf(machine.refusal()));
                    bytes.position(bytes.limit());
                    near.close();
                    return;
                }
                case DONE -> throw new AssertionError("its connection is another's");
            }
        }
    }

    private void judge() {
        Predicate<SocksLogin> right = rules.logins;
        if (right != null && right.test(machine.login())) {
            machine.accept();
        } else {
            machine.reject();
        }
    }

    private void endWaiting() {
        if (deadline != null) {
            deadline.cancel();
        }
    }

    // The request.

    private void asked(Transport near) {
        begun = near.reactor().nanos();
        SocksAddress destination = machine.request().destination();
        if (machine.request().command() != SocksCommand.CONNECT) {
            decline(near, SocksReply.COMMAND_NOT_SUPPORTED, null);
        } else if (!rules.destinations.allowsPort(destination.port())) {
            decline(near, SocksReply.NOT_ALLOWED, null);
        } else {
            switch (destination) {
                case SocksAddress.Numeric numeric -> connect(near, List.of(numeric.endpoint()));
                case SocksAddress.Name name -> lookUp(near, name);
            }
        }
    }

    private void lookUp(Transport near, SocksAddress.Name name) {
        CompletableFuture<List<InetEndpoint>> found =
                near.reactor()
                        .callBlocking(() -> {
                            NameResolver asked = rules.resolver;
                            Duration limit = rules.connecting;
                            return (asked == null ? NameResolver.current() : asked)
                                    .resolve(
                                            name.host(),
                                            name.port(),
                                            AddressFamily.AF_UNSPEC,
                                            limit.isZero() ? Deadline.NONE : Deadline.after(limit));
                        });
        underWay = found;
        var _ =
                found.whenComplete((addresses, failed) ->
                        whileOpen(
                                near,
                                () -> {
                                    if (failed != null) {
                                        decline(near, replyTo(failed), failed);
                                    } else {
                                        connect(near, addresses);
                                    }
                                }));
    }

    private void connect(Transport near, List<InetEndpoint> found) {
        List<InetEndpoint> allowed =
                found.stream().filter(rules.destinations::allows).distinct().toList();
        if (allowed.isEmpty()) {
            decline(near, SocksReply.NOT_ALLOWED, null);
            return;
        }
        CompletableFuture<Transport> made =
                near.reactor()
                        .connect(
                                allowed,
                                new Joining(),
                                rules.settings.toArray(OptionSetting<?>[]::new));
        underWay = made;
        var _ =
                made.whenComplete((far, failed) -> {
                    if (failed != null) {
                        whileOpen(near, () -> decline(near, replyTo(failed), failed));
                    } else if (near.isOpen()) {
                        whileOpen(near, () -> join(near, far));
                    } else {
                        far.abort();
                    }
                });
        if (!rules.connecting.isZero()) {
            Duration spent = Duration.ofNanos(near.reactor().nanos() - begun);
            Duration left = rules.connecting.minus(spent);
            var _ = near.reactor().within(left.isNegative() ? Duration.ZERO : left, made);
        }
    }

    /** What is thrown then is told by the connection, as if the protocol had been called. */
    private static void whileOpen(Transport near, Runnable task) {
        if (near.isOpen()) {
            try {
                task.run();
            } catch (RuntimeException | Error thrown) {
                LayerTransport.fail(near, thrown);
            }
        }
    }

    private void join(Transport near, Transport far) {
        SocksAddress bound =
                far.local() instanceof InetEndpoint inet ? SocksAddress.of(inet) : null;
        answer(near, SocksReply.GRANTED, bound);
        Relay.join(near, far);
        rules.observer.answered(near, machine.request(), SocksReply.GRANTED, null);
    }

    private void decline(Transport near, SocksReply reply, @Nullable Throwable why) {
        answer(near, reply, null);
        rules.observer.answered(near, machine.request(), reply, why);
        near.close();
    }

    private void answer(Transport near, SocksReply reply, @Nullable SocksAddress bound) {
        machine.answer(reply, bound);
        near.write(machine.output());
    }

    /** What to answer: of several attempts the failure that says most. */
    private static SocksReply replyTo(Throwable failed) {
        SocksReply reply = replyToOne(failed);
        for (Throwable each : failed.getSuppressed()) {
            if (reply == SocksReply.NETWORK_UNREACHABLE || reply == SocksReply.FAILED) {
                reply = replyToOne(each);
            }
        }
        return reply;
    }

    private static SocksReply replyToOne(Throwable failed) {
        return switch (failed) {
            case ErrnoFailure told -> SocksReply.of(told.errno());
            case TimeoutException late -> SocksReply.TIMED_OUT;
            case SocketTimeoutException late -> SocksReply.TIMED_OUT;
            case ResolveFailure later when later.isTemporary() -> SocksReply.FAILED;
            case UnknownHostException nobody -> SocksReply.HOST_UNREACHABLE;
            default -> SocksReply.FAILED;
        };
    }

    // Ends.

    @Override
    public void stopping(Transport near) {
        giveUp();
        near.close();
    }

    @Override
    public void closed(Transport near, @Nullable Throwable why) {
        endWaiting();
        giveUp();
    }

    private void giveUp() {
        CompletableFuture<?> wanted = underWay;
        if (wanted != null) {
            wanted.cancel(false);
        }
    }
}
