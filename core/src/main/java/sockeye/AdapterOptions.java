// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The options of a socket of java.net, which has them before it has a kernel's socket: until the
 * endpoint's family is known they are kept, and what only TCP or IP has is kept for good by a
 * socket of another family, without effect.
 */
final class AdapterOptions {
    private static final Set<SocketOption<?>> STANDARD =
            Set.of(
                    StandardSocketOptions.SO_KEEPALIVE,
                    StandardSocketOptions.SO_SNDBUF,
                    StandardSocketOptions.SO_RCVBUF,
                    StandardSocketOptions.SO_REUSEADDR,
                    StandardSocketOptions.SO_REUSEPORT,
                    StandardSocketOptions.SO_LINGER,
                    StandardSocketOptions.TCP_NODELAY,
                    StandardSocketOptions.IP_TOS);

    /** Those of the module jdk.net by their names, with the JDK's types: seconds, and a count. */
    private static final Map<String, Option<?>> EXTENDED =
            Map.of(
                    "TCP_KEEPIDLE", like(TcpOption.KEEP_IDLE),
                    "TCP_KEEPINTERVAL", like(TcpOption.KEEP_INTVL),
                    "TCP_KEEPCOUNT", like(TcpOption.KEEP_CNT),
                    "TCP_QUICKACK", TcpOption.QUICK_ACK);

    private final Map<SocketOption<?>, Object> kept = new LinkedHashMap<>();
    private @Nullable LinuxSocket socket;

    /** From now on options are the kernel's; those that were kept are set. */
    synchronized void attach(LinuxSocket made) throws IOException {
        for (Map.Entry<SocketOption<?>, Object> entry : kept.entrySet()) {
            if (isFor(entry.getKey(), made)) {
                put(made, entry.getKey(), entry.getValue());
            }
        }
        kept.keySet().removeIf(option -> isFor(option, made));
        socket = made;
    }

    /** Those that are to be set before connect or listen: buffers decide about windows. */
    synchronized OptionSetting<?>[] early() {
        return kept.entrySet().stream()
                .filter(entry -> isOfAnySocket(entry.getKey()))
                .map(entry -> setting(entry.getKey(), entry.getValue()))
                .toArray(OptionSetting<?>[]::new);
    }

    synchronized <T> void set(SocketOption<T> option, T value) throws SocketException {
        try {
            LinuxSocket made = socket;
            if (made == null || !isFor(option, made)) {
                if (!option.equals(StandardSocketOptions.IP_TOS)) {
                    // A value out of range, and an option that nobody knows, is refused now.
                    ours(option, AddressFamily.AF_INET).encode(value);
                }
                kept.put(option, value);
            } else {
                put(made, option, value);
            }
        } catch (IOException failed) {
            throw asSocketException(failed);
        }
    }

    /**
     * The value.
     *
     * @param family of the socket that would be made, if there is none yet
     */
    @SuppressWarnings("unchecked") // what was kept came in by set
    synchronized <T> T get(SocketOption<T> option, int family) throws SocketException {
        try {
            LinuxSocket made = socket;
            if (made != null && isFor(option, made)) {
                return value(made, option);
            }
            Object value = kept.get(option);
            if (value != null) {
                return (T) value;
            }
            if (made != null) {
                return none(option);
            }
            try (LinuxSocket probe = LinuxSocket.socket(family, SocketType.SOCK_STREAM)) {
                return isFor(option, probe) ? value(probe, option) : none(option);
            }
        } catch (IOException failed) {
            throw asSocketException(failed);
        }
    }

    /** What a socket says that has no such thing. */
    @SuppressWarnings("unchecked") // by the types of the two options
    private static <T> T none(SocketOption<T> option) {
        return (T) (option.type() == Boolean.class ? (Object) false : (Object) 0);
    }

    synchronized Set<SocketOption<?>> supported() {
        Set<SocketOption<?>> all = new HashSet<>(STANDARD);
        LinuxSocket made = socket;
        if (made != null) {
            all.addAll(made.supportedOptions());
        }
        return Set.copyOf(all);
    }

    private static Option<Integer> like(Option<?> option) {
        return Option.rawInt(option.level(), option.number());
    }

    /** Ours for one of the JDK's. */
    @SuppressWarnings("unchecked") // the names are those of options of that type
    private static <T> Option<T> ours(SocketOption<T> option, int family) {
        Option<?> extended =
                option instanceof Option<?> || STANDARD.contains(option)
                        ? null
                        : EXTENDED.get(option.name());
        return extended == null ? StandardOptions.of(option, family) : (Option<T>) extended;
    }

    /** Of TCP, and of the JDK: set by libraries that ask nobody. Ours are set by who means it. */
    private static boolean isOfTcp(SocketOption<?> option) {
        return option.equals(StandardSocketOptions.TCP_NODELAY)
                || (!(option instanceof Option<?>) && EXTENDED.containsKey(option.name()));
    }

    private static boolean isOfAnySocket(SocketOption<?> option) {
        return !isOfTcp(option) && !option.equals(StandardSocketOptions.IP_TOS);
    }

    private static boolean isFor(SocketOption<?> option, LinuxSocket socket) {
        boolean inet =
                socket.family() == AddressFamily.AF_INET
                        || socket.family() == AddressFamily.AF_INET6;
        if (option.equals(StandardSocketOptions.IP_TOS)) {
            return inet;
        }
        boolean tcp =
                socket.protocol() == IpProtocol.IPPROTO_TCP
                        || socket.protocol() == IpProtocol.IPPROTO_MPTCP;
        return !isOfTcp(option) || (inet && tcp);
    }

    @SuppressWarnings("unchecked") // it came in by set
    private static <T> OptionSetting<T> setting(SocketOption<T> option, Object value) {
        return ours(option, AddressFamily.AF_INET).to((T) value);
    }

    @SuppressWarnings("unchecked") // as above
    private static <T> void put(LinuxSocket socket, SocketOption<T> option, Object value)
            throws IOException {
        socket.setOption(ours(option, socket.family()), (T) value);
    }

    /** The kernel says twice what was set of a buffer, and the JDK what was set. */
    @SuppressWarnings("unchecked") // of these two T is Integer
    private static <T> T value(LinuxSocket socket, SocketOption<T> option) throws IOException {
        T value = socket.getOption(ours(option, socket.family()));
        boolean buffer =
                option.equals(StandardSocketOptions.SO_SNDBUF)
                        || option.equals(StandardSocketOptions.SO_RCVBUF);
        return buffer ? (T) (Object) ((Integer) value / 2) : value;
    }

    private static SocketException asSocketException(IOException failed) {
        IOException ours = SocketStreams.asOfSocket(failed);
        if (ours instanceof SocketException already) {
            return already;
        }
        var failure = new SocketException(ours.getMessage());
        failure.initCause(ours);
        return failure;
    }
}
