// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.ListenSettings;
import sockeye.OptionSetting;
import sockeye.SoOption;
import sockeye.wire.AccessRules;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What a server does beside calling its handler. Immutable: {@code
 * ServerSettings.DEFAULT.withMaxConnections(500)}.
 *
 * @param listen backlog, and rules about the file of a Unix path name
 * @param options options of the listening socket, set before the bind; accepted connections inherit
 *     most of them. SO_KEEPALIVE is on unless they say otherwise.
 * @param limits how much of everything there may be, and for how long
 * @param access who may connect
 * @param notice what those are told who are rejected
 * @param layers what stands between the sockets and the handler, the one next to the socket first;
 *     of streams alone
 * @param hooks what of one's own is done between the server's steps
 * @param threads on which threads handlers run
 * @param drain how long {@link Server#stop()} lets connections finish
 * @param linger how long a connection that its handler has left is read on, and what comes thrown
 *     away, until the peer ends it too: closed at once, input that nobody read would turn into a
 *     reset that may overtake the last answer (RFC 2525, section 2.17). At most {@value
 *     #LINGER_BYTES} bytes are thrown away. Zero closes at once.
 * @param observer is told what happens
 */
public record ServerSettings(
        ListenSettings listen,
        List<OptionSetting<?>> options,
        ServerLimits limits,
        AccessRules access,
        RejectionNotice notice,
        List<StreamLayer> layers,
        ServerHooks hooks,
        ThreadMode threads,
        Duration drain,
        Duration linger,
        ServerObserver observer) {

    /** The most bytes thrown away by a lingering close. */
    public static final int LINGER_BYTES = 1 << 20;

    /** The longest datagram there is, of UDP over IPv6; over IPv4 it is 65,507. */
    static final int LONGEST_DATAGRAM = 65_535;

    /**
     * Backlog 4096, {@linkplain ServerLimits#DEFAULT limits} for the open Internet, everybody may
     * connect, five seconds to drain, two to linger, and what goes wrong is logged.
     */
    public static final ServerSettings DEFAULT =
            new ServerSettings(
                    ListenSettings.DEFAULT,
                    List.of(),
                    ServerLimits.DEFAULT,
                    AccessRules.EVERYBODY,
                    RejectionNotice.NONE,
                    List.of(),
                    ServerHooks.NONE,
                    ThreadMode.virtual(),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(2),
                    ServerObserver.logging());

    public ServerSettings {
        Objects.requireNonNull(listen);
        Objects.requireNonNull(limits);
        Objects.requireNonNull(access);
        Objects.requireNonNull(notice);
        Objects.requireNonNull(hooks);
        Objects.requireNonNull(threads);
        Objects.requireNonNull(observer);
        options = List.copyOf(options);
        layers = List.copyOf(layers);
        if (drain.isNegative() || linger.isNegative()) {
            throw new IllegalArgumentException("negative time: " + drain + ", " + linger);
        }
    }

    /** The components, to change one of them. */
    private static final class Draft {
        ListenSettings listen;
        List<OptionSetting<?>> options;
        ServerLimits limits;
        AccessRules access;
        RejectionNotice notice;
        List<StreamLayer> layers;
        ServerHooks hooks;
        ThreadMode threads;
        Duration drain;
        Duration linger;
        ServerObserver observer;

        Draft(ServerSettings from) {
            listen = from.listen;
            options = from.options;
            limits = from.limits;
            access = from.access;
            notice = from.notice;
            layers = from.layers;
            hooks = from.hooks;
            threads = from.threads;
            drain = from.drain;
            linger = from.linger;
            observer = from.observer;
        }

        ServerSettings made() {
            return new ServerSettings(
                    listen, options, limits, access, notice, layers, hooks, threads, drain, linger,
                    observer);
        }
    }

    /** The same with other rules for listening. */
    public ServerSettings withListen(ListenSettings listen) {
        var draft = new Draft(this);
        draft.listen = listen;
        return draft.made();
    }

    /** The same with these options of the listening socket, and no others. */
    public ServerSettings withOptions(OptionSetting<?>... options) {
        var draft = new Draft(this);
        draft.options = List.of(options);
        return draft.made();
    }

    /** The same with other limits. */
    public ServerSettings withLimits(ServerLimits limits) {
        var draft = new Draft(this);
        draft.limits = limits;
        return draft.made();
    }

    /** The same with another limit of connections. */
    public ServerSettings withMaxConnections(int maxConnections) {
        return withLimits(limits.withMaxConnections(maxConnections));
    }

    /** The same for other peers. */
    public ServerSettings withAccess(AccessRules access) {
        var draft = new Draft(this);
        draft.access = access;
        return draft.made();
    }

    /** The same with other words for those who are rejected. */
    public ServerSettings withNotice(RejectionNotice notice) {
        var draft = new Draft(this);
        draft.notice = notice;
        return draft.made();
    }

    /** The same with these layers, and no others. */
    public ServerSettings withLayers(StreamLayer... layers) {
        var draft = new Draft(this);
        draft.layers = List.of(layers);
        return draft.made();
    }

    /** The same with other hooks. */
    public ServerSettings withHooks(ServerHooks hooks) {
        var draft = new Draft(this);
        draft.hooks = hooks;
        return draft.made();
    }

    /** The same on other threads. */
    public ServerSettings withThreads(ThreadMode threads) {
        var draft = new Draft(this);
        draft.threads = threads;
        return draft.made();
    }

    /** The same with another time to drain. */
    public ServerSettings withDrain(Duration drain) {
        var draft = new Draft(this);
        draft.drain = drain;
        return draft.made();
    }

    /** The same with another time to linger. */
    public ServerSettings withLinger(Duration linger) {
        var draft = new Draft(this);
        draft.linger = linger;
        return draft.made();
    }

    /** The same with another observer. */
    public ServerSettings withObserver(ServerObserver observer) {
        var draft = new Draft(this);
        draft.observer = observer;
        return draft.made();
    }

    /**
     * The options of a socket that listens: with SO_KEEPALIVE, which its connections inherit, so
     * that a peer who is gone without a word does not keep his place for ever; tcp(7).
     */
    OptionSetting<?>[] connectionOptions() {
        return Stream.concat(Stream.of(SoOption.KEEP_ALIVE.to(true)), options.stream())
                .toArray(OptionSetting<?>[]::new);
    }

    OptionSetting<?>[] optionArray() {
        return options.toArray(OptionSetting<?>[]::new);
    }
}
