// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

/**
 * The functions of the C library that Sockeye calls: those that ask the name service, which is the
 * library's own and not the kernel's. {@code docs/design/names.md} says why they are asked.
 *
 * <p>Each may wait for as long as it likes, for a disk, a daemon or a server far away.
 */
public enum LibraryFunction {
    /** {@code int getaddrinfo(const char *, const char *, const addrinfo *, addrinfo **)}. */
    GETADDRINFO,
    /** {@code void freeaddrinfo(addrinfo *)}. */
    FREEADDRINFO,
    /** {@code int getnameinfo(const sockaddr *, socklen_t, char *, …, char *, …, int flags)}. */
    GETNAMEINFO,
    /** {@code int gethostbyname2_r(name, family, result, buffer, size, &answer, &h_errno)}. */
    GETHOSTBYNAME2_R,
    /** {@code int gethostbyaddr_r(addr, length, family, result, buffer, size, &answer, …)}. */
    GETHOSTBYADDR_R,
    /** {@code int getservbyname_r(name, protocol, result, buffer, size, &answer)}. */
    GETSERVBYNAME_R,
    /** {@code int getservbyport_r(port, protocol, result, buffer, size, &answer)}. */
    GETSERVBYPORT_R,
    /** {@code int getprotobyname_r(name, result, buffer, size, &answer)}; glibc alone has it. */
    GETPROTOBYNAME_R,
    /** {@code int getprotobynumber_r(number, result, buffer, size, &answer)}; glibc alone. */
    GETPROTOBYNUMBER_R,
    /** {@code protoent *getprotobyname(name)}; its answer lies in memory that all calls share. */
    GETPROTOBYNAME,
    /** {@code protoent *getprotobynumber(number)}; the same. */
    GETPROTOBYNUMBER
}
