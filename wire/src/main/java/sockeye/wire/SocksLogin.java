// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Objects;

/**
 * Who a client of SOCKS says it is: user and password of RFC 1929, which go over the wire as they
 * are, or the user of version 4, which has no password and believes it. Immutable.
 */
public final class SocksLogin {
    /** The longest user and the longest password, in bytes of UTF-8. */
    public static final int MAX_BYTES = 255;

    private final byte[] user;
    private final byte[] password;

    private SocksLogin(byte[] user, byte[] password) {
        this.user = user;
        this.password = password;
    }

    /**
     * A user and a password.
     *
     * @throws IllegalArgumentException if one has more than {@link #MAX_BYTES} bytes
     */
    public static SocksLogin of(String user, String password) {
        return new SocksLogin(bytes(user), bytes(password));
    }

    private static byte[] bytes(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "a user or a password of %d bytes; SOCKS has room for %d"
                            .formatted(bytes.length, MAX_BYTES));
        }
        return bytes;
    }

    /** What stands in a message, which is overwritten afterwards. */
    static SocksLogin of(byte[] message, int user, int userEnd, int password, int passwordEnd) {
        return new SocksLogin(
                Arrays.copyOfRange(message, user, userEnd),
                Arrays.copyOfRange(message, password, passwordEnd));
    }

    byte[] userBytes() {
        return user;
    }

    byte[] passwordBytes() {
        return password;
    }

    /** The user; bytes that are no UTF-8 are shown as U+FFFD. */
    public String user() {
        return new String(user, StandardCharsets.UTF_8);
    }

    /** The password; the same holds. */
    public String password() {
        return new String(password, StandardCharsets.UTF_8);
    }

    /**
     * Whether both are the same. How long that takes tells nothing but how long they are: {@link
     * MessageDigest#isEqual}.
     */
    public boolean matches(SocksLogin other) {
        boolean sameUser = MessageDigest.isEqual(user, other.user);
        boolean samePassword = MessageDigest.isEqual(password, other.password);
        return sameUser && samePassword; // both were compared, whatever came of the first
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SocksLogin that && matches(that);
    }

    @Override
    public int hashCode() {
        return Objects.hash(Arrays.hashCode(user), Arrays.hashCode(password));
    }

    /** The user, and no password. */
    @Override
    public String toString() {
        return "SocksLogin[" + user() + "]";
    }
}
