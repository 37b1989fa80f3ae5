// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.Serializable;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Map;

/**
 * What the kernel takes as an address: a value with the codec of its family's {@code struct
 * sockaddr}.
 *
 * <p>An endpoint is complete and literal, there is no name in it to look up; what a person writes
 * is an {@link EndpointSpec}. Endpoints are immutable, compare by value and may be used as keys.
 * {@code toString} gives the address alone, without a transport: {@code 127.0.0.1:80}, {@code
 * [::1]:80}, {@code /run/x.sock}, {@code @name}.
 */
public sealed interface Endpoint extends Serializable
        permits InetEndpoint,
                UnixEndpoint,
                NetlinkEndpoint,
                TipcEndpoint,
                VsockEndpoint,
                PacketEndpoint,
                CanEndpoint,
                RawEndpoint {
    /** The size of {@code struct sockaddr_storage}, in bytes: no socket address is longer. */
    int MAX_SOCKADDR = 128;

    /** The address family, one of {@link AddressFamily} or any other number. */
    int family();

    /**
     * Writes the kernel's {@code struct sockaddr} for this endpoint at index 0.
     *
     * @param socketFamily the family of the socket it is meant for: on an AF_INET6 socket an IPv4
     *     endpoint is written in its mapped form
     * @param sockaddr room for {@link #MAX_SOCKADDR} bytes; what lies behind the returned length is
     *     left as it was
     * @return the length in bytes, 2 to 128
     * @throws IllegalArgumentException if the value does not fit in the structure: a Unix path of
     *     more than 108 bytes
     */
    int encode(int socketFamily, byte[] sockaddr);

    /**
     * Whether a listener at this endpoint is reached under every address of this host: {@code
     * [::]}, {@code 0.0.0.0}, vsock's any CID.
     */
    default boolean isWildcard() {
        return false;
    }

    /**
     * What a person writes for this endpoint: the target of an {@link EndpointSpec}.
     *
     * @throws IllegalArgumentException if it has no text: the unnamed Unix endpoint, and raw ones
     */
    default EndpointTarget target() {
        throw new IllegalArgumentException("no text for " + this);
    }

    /**
     * What an {@link EndpointSpec} says of this endpoint beside its target: options, by name.
     * Nearly always none.
     */
    default Map<String, String> options() {
        return Map.of();
    }

    /**
     * The same as an address of the JDK: {@link InetSocketAddress}, or for a Unix path {@link
     * UnixDomainSocketAddress}, which is also what no name at all becomes; {@link
     * EndpointSocketAddress} for all that the JDK has no class for. {@link #of(SocketAddress)} is
     * the inverse.
     */
    default SocketAddress toSocketAddress() {
        return new EndpointSocketAddress(this);
    }

    /**
     * Reads what the kernel wrote. Total: any bytes give an endpoint, and what is too short for its
     * family or of a family not known here is a {@link RawEndpoint}.
     *
     * <p>An IPv4-mapped peer of a dual-stack socket is given as the IPv4 endpoint it is. A length
     * of 0 is the sender of a message that has no name, which only AF_UNIX knows: {@link
     * UnixEndpoint#unnamed()}.
     *
     * @param sockaddr the bytes, the structure at index 0
     * @param length the length that the kernel returned; it may be more than there was room for
     */
    static Endpoint decode(byte[] sockaddr, int length) {
        int known = Math.max(0, Math.min(length, Math.min(sockaddr.length, MAX_SOCKADDR)));
        if (known == 0) {
            return UnixEndpoint.unnamed();
        }
        int family = Sockaddr.family(sockaddr, known);
        // The one choice by family. All else that a family has of its own is in its own files.
        return switch (family) {
            case AddressFamily.AF_INET, AddressFamily.AF_INET6 ->
                    InetEndpoint.decode(family, sockaddr, known);
            case AddressFamily.AF_UNIX -> UnixEndpoint.decode(sockaddr, known);
            case AddressFamily.AF_NETLINK -> NetlinkEndpoint.decode(sockaddr, known);
            case AddressFamily.AF_TIPC -> TipcSockaddr.decode(sockaddr, known);
            case AddressFamily.AF_CAN -> CanEndpoint.decode(sockaddr, known);
            case AddressFamily.AF_PACKET -> PacketEndpoint.decode(sockaddr, known);
            case AddressFamily.AF_VSOCK -> VsockEndpoint.decode(sockaddr, known);
            default -> RawEndpoint.decode(family, sockaddr, known);
        };
    }

    /**
     * The endpoint of a JDK address: {@link InetSocketAddress}, {@link UnixDomainSocketAddress} or
     * {@link EndpointSocketAddress}.
     *
     * @throws IllegalArgumentException if it is unresolved, or of another class
     */
    static Endpoint of(SocketAddress address) {
        return switch (address) {
            case InetSocketAddress inet -> InetEndpoint.of(inet);
            case UnixDomainSocketAddress unix -> UnixEndpoint.of(unix);
            case EndpointSocketAddress any -> any.endpoint();
            default ->
                    throw new IllegalArgumentException(
                            "not an Internet or Unix address: " + address.getClass().getName());
        };
    }
}
