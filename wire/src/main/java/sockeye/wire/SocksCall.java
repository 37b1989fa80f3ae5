// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/**
 * What a client says to a SOCKS server to be connected to somewhere:
 *
 * <pre>{@code
 * SocksCall.to("example.org", 443)                                  // version 5, nobody's
 * SocksCall.to("example.org", 443).withLogin("user", "password")    // RFC 1929
 * SocksCall.to("example.org", 443).byVersion4()                     // 4A, for it is a name
 * }</pre>
 *
 * <p>A name is resolved by the server, which may see other names than this machine does. To resolve
 * it here, give an address.
 *
 * @param version 4 or 5; version 4 with a name is 4A
 * @param destination where to
 * @param login who asks, if the server wants to know; of version 4 the user alone
 */
public record SocksCall(int version, SocksAddress destination, @Nullable SocksLogin login) {
    /**
     * Checks that the version can say it.
     *
     * @throws IllegalArgumentException if it is neither 4 nor 5; or it is 4, and the destination is
     *     an IPv6 address or one of {@code 0.0.0.0/24}, or there is a password, or the user has
     *     control characters
     */
    public SocksCall {
        Objects.requireNonNull(destination);
        if (version != 4 && version != 5) {
            throw new IllegalArgumentException("version 4 or 5 of SOCKS, not " + version);
        }
        if (version == 4) {
            checkVersion4(destination, login);
        }
    }

    private static void checkVersion4(SocksAddress destination, @Nullable SocksLogin login) {
        if (destination instanceof SocksAddress.Numeric numeric) {
            if (numeric.address().isIpv6()) {
                throw new IllegalArgumentException("version 4 of SOCKS has no IPv6: " + numeric);
            }
            if (numeric.address().low() >>> 8 == 0) {
                throw new IllegalArgumentException("in version 4A that is no address: " + numeric);
            }
        }
        if (login != null && login.passwordBytes().length > 0) {
            throw new IllegalArgumentException("version 4 of SOCKS has no passwords");
        }
        if (login != null && login.user().chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("a user with control characters");
        }
    }

    /** Of version 5, to a place. */
    public static SocksCall to(SocksAddress destination) {
        return new SocksCall(5, destination, null);
    }

    /**
     * Of version 5, to a host by its name, or its address as text.
     *
     * @throws IllegalArgumentException if it is neither, or the port is out of range
     */
    public static SocksCall to(String host, int port) {
        return to(SocksAddress.of(host, port));
    }

    /**
     * The same by a user with a password. It is told to a server that asks, and to no other; it
     * goes in plain, so that whoever is on the way to the server can read it.
     *
     * @throws IllegalArgumentException if one has more than {@link SocksLogin#MAX_BYTES} bytes; or
     *     of version 4, which has no passwords
     */
    public SocksCall withLogin(String user, String password) {
        return new SocksCall(version, destination, SocksLogin.of(user, password));
    }

    /**
     * The same in version 4, or 4A for a name.
     *
     * @throws IllegalArgumentException if version 4 cannot say it
     */
    public SocksCall byVersion4() {
        return new SocksCall(4, destination, login);
    }

    /** The same in version 4 by a user whom nobody checks, or asks identd (RFC 1413) about. */
    public SocksCall byVersion4(String user) {
        return new SocksCall(4, destination, SocksLogin.of(user, ""));
    }
}
