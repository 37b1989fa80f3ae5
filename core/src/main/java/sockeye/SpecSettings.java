// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;
import static sockeye.AddressFamily.AF_TIPC;
import static sockeye.AddressFamily.AF_UNIX;
import static sockeye.AddressFamily.AF_UNSPEC;
import static sockeye.IpProtocol.IPPROTO_MPTCP;
import static sockeye.IpProtocol.IPPROTO_TCP;
import static sockeye.SocketType.SOCK_DGRAM;
import static sockeye.SocketType.SOCK_RAW;
import static sockeye.SocketType.SOCK_RDM;
import static sockeye.SocketType.SOCK_STREAM;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What the options of an {@link EndpointSpec} say to sockets: the one table of their names, for
 * listening and for connecting. {@code docs/endpoints.md} shows it to users.
 *
 * <p>{@link Role#listen(EndpointSpec)}, {@link StreamSocket#connect(EndpointSpec,
 * OptionSetting...)} and their like read it by themselves. It is for who opens the sockets in a way
 * of his own, with options of his own beside these: he takes his from a reader, and has the rest
 * read from the same one.
 *
 * <p>An option that a transport has no use for is not known to it: {@code nodelay} of a Unix socket
 * is an error as much as a misspelt name.
 */
public final class SpecSettings {
    private static final int MAX_BYTES = 1 << 30;

    private final EndpointSpec spec;
    private final EndpointOptions reader;
    private final List<OptionSetting<?>> settings = new ArrayList<>();
    private final List<OptionSetting<?>> forIpv6 = new ArrayList<>();
    private ListenSettings listen = ListenSettings.DEFAULT;
    private @Nullable Endpoint local;
    private Deadline deadline = Deadline.NONE;
    private @Nullable Duration attemptDelay;
    private int family = AF_UNSPEC;

    private SpecSettings(EndpointSpec spec, EndpointOptions reader) {
        this.spec = spec;
        this.reader = reader;
    }

    /**
     * Reads what there is to say to a listener, or to a socket that is bound.
     *
     * @param reader a reader of the spec's options, of which the caller may have taken some
     * @throws EndpointSyntaxException if there is anything that neither he nor this knows, or a
     *     value that cannot be
     */
    public static SpecSettings forListening(EndpointSpec spec, EndpointOptions reader) {
        var read = new SpecSettings(spec, reader);
        read.file();
        read.backlog();
        read.sharing();
        read.common();
        read.accepting();
        reader.requireNoMore();
        return read;
    }

    /**
     * Reads what there is to say to any socket, whether it listens or connects: its buffers, what
     * it does in TCP and in IP. What is left in the reader is the caller's to take, or to refuse.
     *
     * @param reader a reader of the spec's options
     * @throws EndpointSyntaxException if a value cannot be
     */
    public static SpecSettings forEither(EndpointSpec spec, EndpointOptions reader) {
        var read = new SpecSettings(spec, reader);
        read.common();
        return read;
    }

    /**
     * Reads what there is to say to a socket that connects.
     *
     * @param reader a reader of the spec's options, of which the caller may have taken some
     * @throws EndpointSyntaxException if there is anything that neither he nor this knows, or a
     *     value that cannot be
     */
    public static SpecSettings forConnecting(EndpointSpec spec, EndpointOptions reader) {
        var read = new SpecSettings(spec, reader);
        read.origin();
        read.common();
        reader.requireNoMore();
        return read;
    }

    /**
     * The options for a socket of a family, in the order in which they have to be set.
     *
     * @param family an AF_ number: what IPv4 and IPv6 have each is set as this one has it
     * @param more those of the program, which come after
     */
    public OptionSetting<?>[] settings(int family, OptionSetting<?>... more) {
        List<OptionSetting<?>> all = new ArrayList<>(settings);
        if (family == AF_INET6) {
            all.addAll(forIpv6);
        }
        all.addAll(List.of(more));
        return all.toArray(OptionSetting<?>[]::new);
    }

    /**
     * The backlog, and the rules about the file of a path: of that which is listened at, or
     * connected from; the usual ones if it was read for neither.
     */
    public ListenSettings listen() {
        return listen;
    }

    /** Where to connect from, {@code bind}; null for the kernel's choice. */
    public @Nullable Endpoint local() {
        return local;
    }

    /** Where to connect from, with the rules about the file. */
    Origin from() {
        return new Origin(local, listen);
    }

    /** When connecting has to be done, {@code timeout}, counted from the reading. */
    public Deadline deadline() {
        return deadline;
    }

    /** How to get at an address: as the program has it, but for what the text says. */
    public ConnectSettings how(ConnectSettings program) {
        ConnectSettings how = program;
        if (attemptDelay != null) {
            how = how.withAttemptDelay(attemptDelay);
        }
        return family == AF_UNSPEC ? how : how.withFamily(family);
    }

    // What a transport is.

    private boolean isInet() {
        return spec.scheme().grammar() == TargetGrammar.INET;
    }

    private boolean isTcp() {
        int protocol = spec.scheme().protocol();
        return protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP;
    }

    private boolean isTipc() {
        return spec.scheme().family() == AF_TIPC;
    }

    private boolean isUnix() {
        return spec.scheme().family() == AF_UNIX;
    }

    // Listening.

    private void file() {
        if (!(spec.target() instanceof EndpointTarget.Unix(UnixEndpoint unix)) || !unix.isPath()) {
            return;
        }
        if (spec.scheme().type() == SOCK_DGRAM && !unix.fitsSockaddr()) {
            throw new EndpointSyntaxException(
                    spec.toString(),
                    spec.scheme().text().length() + 1,
                    "a path of more than 108 bytes for a datagram socket",
                    "its peers would see another name, and could not answer; only streams can"
                            + " listen at long paths");
        }
        rules();
    }

    /** About the file of a path. */
    private void rules() {
        int mode = reader.takeMode("mode", -1);
        if (mode >= 0) {
            listen = listen.withMode(mode);
        }
        String owner = reader.take("owner");
        if (owner != null) {
            listen = listen.withOwner(account(AccountNames.USERS, "owner", owner));
        }
        String group = reader.take("group");
        if (group != null) {
            listen = listen.withGroup(account(AccountNames.GROUPS, "group", group));
        }
        listen = listen.withReplaceStale(reader.takeFlag("replace", listen.replaceStale()));
        listen = listen.withUnlinkOnClose(reader.takeFlag("unlink", listen.unlinkOnClose()));
    }

    private int account(AccountNames names, String option, String value) {
        var id = names.find(value);
        if (id.isEmpty()) {
            throw reader.refuse(option, "no such " + names.kind() + " here");
        }
        return id.getAsInt();
    }

    private void backlog() {
        int type = spec.scheme().type();
        boolean listens = type != SOCK_DGRAM && type != SOCK_RDM && type != SOCK_RAW;
        if (!spec.scheme().isDescriptor() && listens) {
            listen =
                    listen.withBacklog(
                            reader.takeInt("backlog", 0, Integer.MAX_VALUE, listen.backlog()));
        }
    }

    private void sharing() {
        if (isInet()) {
            flag("reuseaddr", SoOption.REUSE_ADDR);
            flag("reuseport", SoOption.REUSE_PORT);
            String v6only = reader.take("v6only");
            if (v6only != null) {
                forIpv6.add(Ipv6Option.V6_ONLY.to(reader.takeFlag("v6only", false)));
            }
        }
    }

    private void accepting() {
        if (isTcp()) {
            seconds("defer-accept", TcpOption.DEFER_ACCEPT, Duration.ZERO);
            number("fastopen", 0, Integer.MAX_VALUE, TcpOption.FAST_OPEN);
        }
    }

    // Connecting.

    private void origin() {
        Duration timeout = reader.takeDuration("timeout", Duration.ZERO);
        if (!timeout.isZero()) {
            deadline = Deadline.after(timeout);
        } else if (reader.take("timeout") != null) {
            throw reader.refuse("timeout", "expected more than nothing");
        }
        if (isTcp()) {
            flag("fastopen", TcpOption.FAST_OPEN_CONNECT);
            order();
        }
        if (isInet()) {
            family();
            String bind = reader.take("bind");
            if (bind != null) {
                local = inet(bind);
            }
        } else if (isUnix()) {
            String bind = reader.take("bind");
            if (bind != null) {
                UnixEndpoint name = unix(bind);
                if (!name.fitsSockaddr()) {
                    throw reader.refuse(
                            "bind", "expected at most 108 bytes: the peer would see another name");
                }
                if (name.isPath()) {
                    rules();
                }
                local = name;
            }
        }
    }

    /** Which addresses to try, and when. */
    private void order() {
        Duration delay = reader.takeDuration("attempt-delay", Duration.ZERO);
        if (reader.take("attempt-delay") != null) {
            if (delay.compareTo(HappyEyeballs.SHORTEST_DELAY) < 0) {
                throw reader.refuse("attempt-delay", "expected at least 10ms");
            }
            attemptDelay = delay;
        }
        if (reader.takeFlag("sequential", false)) {
            attemptDelay = ConnectSettings.ONE_AFTER_THE_OTHER;
        }
    }

    private void family() {
        String family = reader.take("family");
        if (family != null) {
            this.family =
                    switch (family) {
                        case "ipv4" -> AF_INET;
                        case "ipv6" -> AF_INET6;
                        default -> throw reader.refuse("family", "expected ipv4 or ipv6");
                    };
        }
    }

    private InetEndpoint inet(String text) {
        try {
            boolean portless = IpAddress.parseOrNull(text) != null || text.endsWith("]");
            return portless ? InetEndpoint.of(text, 0) : InetEndpoint.parse(text);
        } catch (IllegalArgumentException e) {
            throw reader.refuse("bind", "expected ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT");
        }
    }

    private UnixEndpoint unix(String text) {
        try {
            return text.startsWith("@")
                    ? UnixEndpoint.ofAbstract(text.substring(1))
                    : UnixEndpoint.of(text);
        } catch (IllegalArgumentException e) {
            throw reader.refuse("bind", "expected PATH or @NAME");
        }
    }

    // Both.

    private void common() {
        number("rcvbuf", 0, MAX_BYTES, SoOption.RCV_BUF);
        number("sndbuf", 0, MAX_BYTES, SoOption.SND_BUF);
        if (isInet()) {
            internet();
        }
        if (isInet() && spec.scheme().type() == SOCK_DGRAM) {
            flag("broadcast", SoOption.BROADCAST);
        }
        if (isTcp()) {
            tcp();
        }
        if (spec.scheme() == EndpointScheme.SCTP) {
            flag("nodelay", SctpOption.NODELAY);
        }
        if (isTipc()) {
            tipc();
        }
        if (spec.scheme() == EndpointScheme.NETLINK) {
            groups();
        }
    }

    private void groups() {
        String groups = reader.take("groups");
        if (groups == null) {
            return;
        }
        for (String each : groups.split(",", -1)) {
            int group = Percent.decimal(each, Integer.MAX_VALUE);
            if (group < 1) {
                throw reader.refuse("groups", "expected numbers from 1, as in 1,3");
            }
            settings.add(NetlinkOption.ADD_MEMBERSHIP.to(group));
        }
    }

    private void internet() {
        String device = reader.take("device");
        if (device != null) {
            settings.add(text("device", SoOption.BIND_TO_DEVICE, device, "an interface by name"));
        }
        String mark = reader.take("mark");
        if (mark != null) {
            long value = Percent.unsigned(mark, 0xFFFF_FFFFL);
            if (value < 0) {
                throw reader.refuse("mark", "expected a number, 0 to 4294967295");
            }
            settings.add(SoOption.MARK.to(value));
        }
        both("ttl", 1, IpOption.TTL, Ipv6Option.UNICAST_HOPS);
        both("tos", 0, IpOption.TOS, Ipv6Option.TCLASS);
        // IP_TOS sets it too, so it comes afterwards.
        number("priority", 0, Integer.MAX_VALUE, SoOption.PRIORITY);
        flag("freebind", IpOption.FREE_BIND);
        flag("transparent", IpOption.TRANSPARENT);
    }

    private void tcp() {
        flag("nodelay", TcpOption.NO_DELAY);
        flag("keepalive", SoOption.KEEP_ALIVE);
        seconds("keepidle", TcpOption.KEEP_IDLE, Duration.ofSeconds(1));
        seconds("keepintvl", TcpOption.KEEP_INTVL, Duration.ofSeconds(1));
        number("keepcnt", 1, 127, TcpOption.KEEP_CNT);
        String patience = reader.take("user-timeout");
        if (patience != null) {
            Duration time = reader.takeDuration("user-timeout", Duration.ZERO);
            settings.add(checked("user-timeout", TcpOption.USER_TIMEOUT, time));
        }
        String congestion = reader.take("congestion");
        if (congestion != null) {
            settings.add(
                    text("congestion", TcpOption.CONGESTION, congestion, "an algorithm by name"));
        }
    }

    private void tipc() {
        // They belong to the address: EndpointSpec.toEndpoint reads them.
        reader.take(TipcText.SCOPE);
        reader.take(TipcText.DOMAIN);
        String importance = reader.take("importance");
        if (importance != null) {
            settings.add(TipcOption.IMPORTANCE.to(importance(importance)));
        }
        if (spec.scheme().type() == SOCK_STREAM) {
            flag("nodelay", TipcOption.NODELAY);
        }
    }

    private TipcImportance importance(String text) {
        for (TipcImportance each : TipcImportance.values()) {
            if (each.name().equalsIgnoreCase(text)) {
                return each;
            }
        }
        throw reader.refuse("importance", "expected low, medium, high or critical");
    }

    // One option each.

    private void flag(String name, Option<Boolean> option) {
        if (reader.take(name) != null) {
            settings.add(option.to(reader.takeFlag(name, false)));
        }
    }

    private void number(String name, int lowest, int highest, Option<Integer> option) {
        if (reader.take(name) != null) {
            settings.add(option.to(reader.takeInt(name, lowest, highest, lowest)));
        }
    }

    /** An option that IPv4 and IPv6 have each; a socket of IPv6 may meet both. */
    private void both(String name, int lowest, Option<Integer> ipv4, Option<Integer> ipv6) {
        if (reader.take(name) != null) {
            int value = reader.takeInt(name, lowest, 255, lowest);
            settings.add(ipv4.to(value));
            forIpv6.add(ipv6.to(value));
        }
    }

    private void seconds(String name, Option<Duration> option, Duration lowest) {
        if (reader.take(name) != null) {
            Duration time = reader.takeDuration(name, Duration.ZERO);
            if (time.compareTo(lowest) < 0 || time.toMillis() % 1000 != 0) {
                throw reader.refuse(name, "expected whole seconds, at least " + lowest.toSeconds());
            }
            settings.add(checked(name, option, time));
        }
    }

    private <T> OptionSetting<T> checked(String name, Option<T> option, T value) {
        try {
            return option.to(value);
        } catch (IllegalArgumentException outOfRange) {
            throw reader.refuse(name, "out of the range of " + option);
        }
    }

    private OptionSetting<String> text(
            String name, Option<String> option, String value, String expected) {
        try {
            return option.to(value);
        } catch (IllegalArgumentException tooLong) {
            throw reader.refuse(name, "expected " + expected);
        }
    }
}
