// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;

/** The JDK's socket options as ours: same type, same meaning of the value. */
final class StandardOptions {

    /** Those that do not depend on the family. */
    private static final Map<SocketOption<?>, Option<?>> ANY_FAMILY =
            Map.of(
                    StandardSocketOptions.SO_BROADCAST, SoOption.BROADCAST,
                    StandardSocketOptions.SO_KEEPALIVE, SoOption.KEEP_ALIVE,
                    StandardSocketOptions.SO_SNDBUF, SoOption.SND_BUF,
                    StandardSocketOptions.SO_RCVBUF, SoOption.RCV_BUF,
                    StandardSocketOptions.SO_REUSEADDR, SoOption.REUSE_ADDR,
                    StandardSocketOptions.SO_REUSEPORT, SoOption.REUSE_PORT,
                    StandardSocketOptions.SO_LINGER, like(SoOption.LINGER, lingerSeconds()),
                    StandardSocketOptions.TCP_NODELAY, TcpOption.NO_DELAY);

    private static final Map<SocketOption<?>, Option<?>> IPV4 =
            Map.of(
                    StandardSocketOptions.IP_TOS, IpOption.TOS,
                    StandardSocketOptions.IP_MULTICAST_IF,
                            like(IpOption.MULTICAST_IF, ipv4Interface()),
                    StandardSocketOptions.IP_MULTICAST_TTL, IpOption.MULTICAST_TTL,
                    StandardSocketOptions.IP_MULTICAST_LOOP, IpOption.MULTICAST_LOOP);

    private static final Map<SocketOption<?>, Option<?>> IPV6 =
            Map.of(
                    StandardSocketOptions.IP_TOS, Ipv6Option.TCLASS,
                    StandardSocketOptions.IP_MULTICAST_IF,
                            like(Ipv6Option.MULTICAST_IF, ipv6Interface()),
                    StandardSocketOptions.IP_MULTICAST_TTL, Ipv6Option.MULTICAST_HOPS,
                    StandardSocketOptions.IP_MULTICAST_LOOP, Ipv6Option.MULTICAST_LOOP);

    private StandardOptions() {}

    @SuppressWarnings("unchecked") // each pair of the maps has the same T
    static <T> Option<T> of(SocketOption<T> option, int family) {
        if (option instanceof Option<T> ours) {
            return ours;
        }
        Option<?> found = ANY_FAMILY.get(option);
        if (found == null) {
            found = (family == AddressFamily.AF_INET6 ? IPV6 : IPV4).get(option);
        }
        if (found == null) {
            throw new UnsupportedOperationException(
                    option.name()
                            + " is none of java.net.StandardSocketOptions; see the options of this"
                            + " library, or Option.rawInt");
        }
        return (Option<T>) found;
    }

    private static <T> Option<T> like(Option<?> option, OptionCodec<T> codec) {
        return new Option<>(option.name(), option.level(), option.number(), option.access(), codec);
    }

    /** Seconds; a negative number for off. */
    private static OptionCodec<Integer> lingerSeconds() {
        return OptionCodec.of(
                Integer.class,
                SoOption.LINGER.maxLength(),
                "seconds",
                "negative for off",
                seconds ->
                        SoOption.LINGER.encode(
                                seconds < 0 ? Linger.OFF : Linger.of(Duration.ofSeconds(seconds))),
                (bytes, length) -> {
                    Linger linger = SoOption.LINGER.decode(bytes, length);
                    return linger.on() ? (int) linger.time().toSeconds() : -1;
                });
    }

    /** Index and first address are set; the address alone is read. */
    private static OptionCodec<NetworkInterface> ipv4Interface() {
        return OptionCodec.struct(
                NetworkInterface.class,
                Membership.Ipv4.SIZEOF,
                "",
                (out, value) ->
                        out.put(
                                0,
                                IpOption.MULTICAST_IF.encode(
                                        new MulticastInterface(
                                                value.getIndex(), firstIpv4(value)))),
                StandardOptions::byAddress);
    }

    private static OptionCodec<NetworkInterface> ipv6Interface() {
        return OptionCodec.of(
                NetworkInterface.class,
                Integer.BYTES,
                "",
                "",
                value -> Ipv6Option.MULTICAST_IF.encode(value.getIndex()),
                (bytes, length) -> byIndex(Ipv6Option.MULTICAST_IF.decode(bytes, length)));
    }

    private static IpAddress firstIpv4(NetworkInterface networkInterface) {
        return networkInterface
                .inetAddresses()
                .filter(Inet4Address.class::isInstance)
                .findFirst()
                .map(IpAddress::of)
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                networkInterface.getName() + " has no IPv4 address"));
    }

    @SuppressWarnings("NullAway") // the JDK's value of this option is null where none is set
    private static NetworkInterface byAddress(ByteBuffer in) {
        IpAddress address = InetBytes.getIpv4(in, 0);
        return address.isUnspecified() ? null : lookUp(address.toInetAddress(), 0);
    }

    @SuppressWarnings("NullAway") // the JDK's value of this option is null where none is set
    private static NetworkInterface byIndex(int index) {
        return index == 0 ? null : lookUp(null, index);
    }

    private static @Nullable NetworkInterface lookUp(@Nullable InetAddress address, int index) {
        try {
            return address == null
                    ? NetworkInterface.getByIndex(index)
                    : NetworkInterface.getByInetAddress(address);
        } catch (SocketException e) {
            throw new IllegalArgumentException("no interface " + address + " " + index, e);
        }
    }
}
