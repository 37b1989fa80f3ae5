// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.ListenSettings;
import sockeye.OptionSetting;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What a server does beside calling its handler. Immutable: {@code
 * ServerSettings.DEFAULT.withMaxConnections(500)}.
 *
 * @param listen backlog, and rules about the file of a Unix path name
 * @param options options of the listening socket, set before the bind; accepted connections inherit
 *     most of them
 * @param maxConnections how many connections there may be at a time, at least 1; further ones wait
 *     in the backlog until one ends
 * @param maxDatagram the longest datagram received whole, in bytes, 1 to 65,535; a longer one is
 *     dropped and counted, never handled in part
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
        int maxConnections,
        int maxDatagram,
        Duration drain,
        Duration linger,
        ServerObserver observer) {

    /** The most bytes thrown away by a lingering close. */
    public static final int LINGER_BYTES = 1 << 20;

    /** The longest datagram there is, of UDP over IPv6; over IPv4 it is 65,507. */
    static final int LONGEST_DATAGRAM = 65_535;

    /**
     * Backlog 4096, 16,384 connections, datagrams of any length, five seconds to drain, two to
     * linger, and what goes wrong is logged.
     */
    public static final ServerSettings DEFAULT =
            new ServerSettings(
                    ListenSettings.DEFAULT,
                    List.of(),
                    16_384,
                    LONGEST_DATAGRAM,
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(2),
                    ServerObserver.logging());

    public ServerSettings {
        Objects.requireNonNull(listen);
        Objects.requireNonNull(observer);
        options = List.copyOf(options);
        if (maxConnections < 1) {
            throw new IllegalArgumentException("at least 1 connection: " + maxConnections);
        }
        if (maxDatagram < 1 || maxDatagram > LONGEST_DATAGRAM) {
            throw new IllegalArgumentException("datagrams of 1 to 65535 bytes: " + maxDatagram);
        }
        if (drain.isNegative() || linger.isNegative()) {
            throw new IllegalArgumentException("negative time: " + drain + ", " + linger);
        }
    }

    /** The same with other rules for listening. */
    public ServerSettings withListen(ListenSettings listen) {
        return new ServerSettings(
                listen, options, maxConnections, maxDatagram, drain, linger, observer);
    }

    /** The same with these options of the listening socket, and no others. */
    public ServerSettings withOptions(OptionSetting<?>... options) {
        return new ServerSettings(
                listen, List.of(options), maxConnections, maxDatagram, drain, linger, observer);
    }

    /** The same with another limit of connections. */
    public ServerSettings withMaxConnections(int maxConnections) {
        return new ServerSettings(
                listen, options, maxConnections, maxDatagram, drain, linger, observer);
    }

    /** The same with another limit for datagrams, in bytes. */
    public ServerSettings withMaxDatagram(int maxDatagram) {
        return new ServerSettings(
                listen, options, maxConnections, maxDatagram, drain, linger, observer);
    }

    /** The same with another time to drain. */
    public ServerSettings withDrain(Duration drain) {
        return new ServerSettings(
                listen, options, maxConnections, maxDatagram, drain, linger, observer);
    }

    /** The same with another time to linger. */
    public ServerSettings withLinger(Duration linger) {
        return new ServerSettings(
                listen, options, maxConnections, maxDatagram, drain, linger, observer);
    }

    /** The same with another observer. */
    public ServerSettings withObserver(ServerObserver observer) {
        return new ServerSettings(
                listen, options, maxConnections, maxDatagram, drain, linger, observer);
    }

    OptionSetting<?>[] optionArray() {
        return options.toArray(OptionSetting<?>[]::new);
    }
}
