// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

/**
 * What to ask {@link NameService#getAddrInfo}: the arguments of getaddrinfo(3).
 *
 * <pre>{@code
 * AddressQuery.of("example.org", "https").withType(SocketType.SOCK_STREAM)
 * AddressQuery.of(null, "0").withFlags(AddressQuery.AI_PASSIVE)           // every address of ours
 * }</pre>
 *
 * @param host a host name, or an address as text; null for this host: its loopback addresses, or
 *     with {@link #AI_PASSIVE} the unspecified ones. A name in other than ASCII is sent in the form
 *     of IDNA 2003, as {@link java.net.IDN} has it, unless {@link #AI_IDN} leaves that to glibc.
 * @param service a service name or a port number; null for port 0. Host and service cannot both be
 *     null: EAI_NONAME.
 * @param family {@link AddressFamily#AF_INET}, {@link AddressFamily#AF_INET6}, or {@link
 *     AddressFamily#AF_UNSPEC} for both
 * @param type a {@link SocketType}, or 0 for every one: each address then comes once for each
 * @param protocol an {@link IpProtocol}, or 0 for the usual ones
 * @param flags of {@code AI_}, or-ed; others are handed on, and refused by the library with
 *     EAI_BADFLAGS
 */
public record AddressQuery(
        @Nullable String host,
        @Nullable String service,
        int family,
        int type,
        int protocol,
        int flags) {
    /** The addresses are for binding: without a host, the unspecified ones. */
    public static final int AI_PASSIVE = 0x1;

    /** The first answer has the host's canonical name. */
    public static final int AI_CANONNAME = 0x2;

    /** The host is an address as text; no name is looked up. */
    public static final int AI_NUMERICHOST = 0x4;

    /** With AF_INET6: if there is no IPv6 address, IPv4 ones in mapped form. */
    public static final int AI_V4MAPPED = 0x8;

    /** With {@link #AI_V4MAPPED}: IPv6 addresses and mapped IPv4 ones. */
    public static final int AI_ALL = 0x10;

    /** Only addresses of families of which this host has an address that is no loopback one. */
    public static final int AI_ADDRCONFIG = 0x20;

    /** glibc: encode the host by IDNA 2008 (libidn2), from the locale's charset. */
    public static final int AI_IDN = 0x40;

    /** glibc: decode the canonical name by IDNA. */
    public static final int AI_CANONIDN = 0x80;

    /** The service is a port number; no service is looked up. */
    public static final int AI_NUMERICSERV = 0x400;

    /** All addresses of a host and a service, either of them null or as text. */
    public static AddressQuery of(@Nullable String host, @Nullable String service) {
        return new AddressQuery(host, service, AddressFamily.AF_UNSPEC, 0, 0, 0);
    }

    /** The same for one family. */
    public AddressQuery withFamily(int family) {
        return new AddressQuery(host, service, family, type, protocol, flags);
    }

    /** The same for one type of socket. */
    public AddressQuery withType(int type) {
        return new AddressQuery(host, service, family, type, protocol, flags);
    }

    /** The same for one protocol. */
    public AddressQuery withProtocol(int protocol) {
        return new AddressQuery(host, service, family, type, protocol, flags);
    }

    /** The same with other flags. */
    public AddressQuery withFlags(int flags) {
        return new AddressQuery(host, service, family, type, protocol, flags);
    }

    /** How errors call it. */
    String describe() {
        if (host == null) {
            return service == null ? "" : "service " + service;
        }
        return service == null ? host : host + " service " + service;
    }
}
