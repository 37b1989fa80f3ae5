// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.NameResolver;
import sockeye.OptionSetting;
import sockeye.reactor.internal.SocksConversation;
import sockeye.wire.DestinationRules;
import sockeye.wire.SocksLogin;
import sockeye.wire.SocksReply;
import sockeye.wire.SocksRequest;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * A SOCKS server: connects its clients to where they want to go, and relays. Versions 4, 4A and 5
 * (RFC 1928) on the same port, users and passwords (RFC 1929) if wanted.
 *
 * <pre>{@code
 * var proxy = SocksProxy.to(DestinationRules.PUBLIC)
 *         .withLogins(SocksAccounts.NONE.with("user", "password"));
 * reactor.listen(InetEndpoint.loopback(1080), limits.over(proxy));
 * }</pre>
 *
 * <p><b>Where to.</b> There is no default: who could go anywhere could go where only this machine
 * can, to its loopback and to the networks behind it. {@link DestinationRules#PUBLIC} is the
 * Internet without what is near. A name is looked up once, each of its addresses is asked about,
 * and those that are allowed are connected to by Happy Eyeballs ({@link Reactor#connect(List,
 * Protocol, OptionSetting...)}); so a name that means one thing when asked about and another when
 * connected to gains nothing.
 *
 * <p><b>Who.</b> Anybody who can connect, unless {@link #withLogins} asks for a password; then
 * version 4, which has none, is refused. Passwords go in plain: {@code tls.over(proxy)} hides them,
 * from clients that can do that. From where clients may come, and how many, is {@link
 * Limits#admission}'s; silence and slowness afterwards are {@link Limits#times}'s.
 *
 * <p><b>Answers.</b> A connect that fails is answered by what it failed with: refused, network or
 * host unreachable, timed out; what the rules are against, {@link SocksReply#NOT_ALLOWED}. BIND and
 * UDP ASSOCIATE are answered with {@link SocksReply#COMMAND_NOT_SUPPORTED}. What is no SOCKS is
 * closed without a word.
 *
 * <p><b>Afterwards</b> it is {@link Relay#join}: half-closes and resets go through, and a peer that
 * does not read holds up the other one. What a client sends before it is answered is kept, unread,
 * and comes first.
 *
 * <p>Immutable, and for any number of reactors.
 */
public final class SocksProxy implements Protocol.Factory {
    /** How long a client may take until it has said what it wants, if nothing else is set. */
    public static final Duration HANDSHAKE = Duration.ofSeconds(10);

    /** How long looking up and connecting may take together, if nothing else is set. */
    public static final Duration CONNECTING = Duration.ofSeconds(30);

    /** Somebody who is told what was wanted, and what came of it; by the reactor's thread. */
    public interface Observer {
        /**
         * A request was answered.
         *
         * @param client open
         * @param why what the connect, or the look-up, failed with; null if it did not, or it did
         *     not come to that
         */
        default void answered(
                Transport client,
                SocksRequest request,
                SocksReply reply,
                @Nullable Throwable why) {}

        /**
         * It did not come to a request that can be answered: a wrong password, no SOCKS at all.
         *
         * @param client about to be closed
         * @param why half a sentence; nothing in it was written by the client
         */
        default void refused(Transport client, String why) {}
    }

    private final SocksConversation.Rules rules;

    private SocksProxy(SocksConversation.Rules rules) {
        this.rules = rules;
    }

    /** A server that connects anybody who reaches it to these places. */
    public static SocksProxy to(DestinationRules destinations) {
        return new SocksProxy(
                new SocksConversation.Rules(
                        Objects.requireNonNull(destinations),
                        null,
                        HANDSHAKE,
                        CONNECTING,
                        null,
                        List.of(),
                        new Observer() {}));
    }

    /**
     * The same for those alone who log in.
     *
     * @param logins whether a login is right, {@link sockeye.wire.SocksAccounts} for instance; by
     *     the reactor's thread, so it must not wait
     */
    public SocksProxy withLogins(Predicate<SocksLogin> logins) {
        return new SocksProxy(rules.withLogins(Objects.requireNonNull(logins)));
    }

    /**
     * The same with another time for a client to say what it wants; zero for as long as it takes.
     */
    public SocksProxy withHandshake(Duration limit) {
        return new SocksProxy(rules.withHandshake(limit));
    }

    /**
     * The same with another time for looking up and connecting together; zero for as long as the
     * resolver and the reactor's settings let it take.
     */
    public SocksProxy withConnecting(Duration limit) {
        return new SocksProxy(rules.withConnecting(limit));
    }

    /** The same with a resolver of its own; {@link NameResolver#current} otherwise. */
    public SocksProxy withResolver(NameResolver resolver) {
        return new SocksProxy(rules.withResolver(resolver));
    }

    /** The same with these options set on the sockets that it connects with. */
    public SocksProxy withSettings(OptionSetting<?>... settings) {
        return new SocksProxy(rules.withSettings(settings));
    }

    /** The same with somebody who is told. */
    public SocksProxy withObserver(Observer observer) {
        return new SocksProxy(rules.withObserver(Objects.requireNonNull(observer)));
    }

    /** The protocol of one client. */
    @Override
    public Protocol protocol() {
        return new SocksConversation(rules);
    }

    @Override
    public String toString() {
        return "SocksProxy[to "
                + rules.destinations()
                + (rules.logins() == null ? "]" : ", with logins]");
    }
}
