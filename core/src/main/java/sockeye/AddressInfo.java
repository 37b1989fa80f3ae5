// SPDX-License-Identifier: Apache-2.0
package sockeye;

/**
 * One answer of {@link NameService#getAddrInfo}: what to hand to socket(2), and whom to connect or
 * bind to. C's {@code struct addrinfo}.
 *
 * @param family the address family; a mapped address of AI_V4MAPPED has AF_INET6 here, and shows as
 *     the IPv4 endpoint it is
 * @param type a {@link SocketType}
 * @param protocol an {@link IpProtocol}
 * @param canonicalName the host's canonical name in the first answer to a query with AI_CANONNAME;
 *     else empty
 * @param endpoint the address and the port
 */
public record AddressInfo(
        int family, int type, int protocol, String canonicalName, InetEndpoint endpoint) {}
