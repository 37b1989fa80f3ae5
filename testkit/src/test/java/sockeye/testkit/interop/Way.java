// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;
import static sockeye.AddressFamily.AF_UNIX;
import static sockeye.SocketType.SOCK_DGRAM;
import static sockeye.SocketType.SOCK_SEQPACKET;
import static sockeye.SocketType.SOCK_STREAM;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.IpAddress;
import sockeye.UnixEndpoint;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** A family, a type and a form of address that two programs of one machine can meet over. */
enum Way {
    TCP4(AF_INET, SOCK_STREAM),
    TCP6(AF_INET6, SOCK_STREAM),
    UNIX(AF_UNIX, SOCK_STREAM),
    UNIX_ABSTRACT(AF_UNIX, SOCK_STREAM),
    UDP4(AF_INET, SOCK_DGRAM),
    UDP6(AF_INET6, SOCK_DGRAM),
    UNIX_DGRAM(AF_UNIX, SOCK_DGRAM),
    UNIX_DGRAM_ABSTRACT(AF_UNIX, SOCK_DGRAM),
    UNIX_SEQPACKET(AF_UNIX, SOCK_SEQPACKET),
    UNIX_SEQPACKET_ABSTRACT(AF_UNIX, SOCK_SEQPACKET);

    private static final AtomicInteger NAMES = new AtomicInteger();

    final int family;
    final int type;

    Way(int family, int type) {
        this.family = family;
        this.type = type;
    }

    /** An address that nobody has; of the Internet families with port 0. */
    Endpoint fresh(Path directory) {
        String name = "sockeye-" + ProcessHandle.current().pid() + "-" + NAMES.getAndIncrement();
        return switch (this) {
            case TCP4, UDP4 -> InetEndpoint.loopback(0);
            case TCP6, UDP6 -> InetEndpoint.of(IpAddress.LOOPBACK_IPV6, 0);
            case UNIX_ABSTRACT, UNIX_DGRAM_ABSTRACT, UNIX_SEQPACKET_ABSTRACT ->
                    UnixEndpoint.ofAbstract(name);
            case UNIX, UNIX_DGRAM, UNIX_SEQPACKET -> UnixEndpoint.of(directory.resolve(name));
        };
    }

    /** An address as Python writes it. */
    static String python(Endpoint endpoint) {
        return switch (endpoint) {
            case InetEndpoint inet when inet.address().isIpv4() ->
                    "('%s', %d)".formatted(inet.address(), inet.port());
            case InetEndpoint inet ->
                    "('%s', %d, %d, %d)"
                            .formatted(
                                    inet.address(), inet.port(), inet.flowInfo(), inet.scopeId());
            case UnixEndpoint unix when unix.isAbstract() ->
                    "b'\\x00" + new String(unix.nameBytes(), StandardCharsets.US_ASCII) + "'";
            case UnixEndpoint unix when unix.isUnnamed() -> "''";
            case UnixEndpoint unix -> "'" + unix.path() + "'";
            default -> throw new IllegalArgumentException(endpoint.toString());
        };
    }

    /** The address that was asked for, with the port that was given. */
    static Endpoint at(Endpoint asked, int port) {
        return asked instanceof InetEndpoint inet ? inet.withPort(port) : asked;
    }
}
