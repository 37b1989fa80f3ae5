// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Who may use a SOCKS server, by user and password: {@code SocksAccounts.NONE.with("user",
 * "password")}. Immutable.
 *
 * <p>A login is compared with all of them, each in constant time, so that how long it takes tells
 * neither which users there are nor how much of a password was right. They are kept as they are, in
 * memory: for thousands, or for a directory that is asked, a predicate of one's own serves.
 */
public final class SocksAccounts implements Predicate<SocksLogin> {
    /** Nobody. */
    public static final SocksAccounts NONE = new SocksAccounts(List.of());

    private final List<SocksLogin> logins;

    private SocksAccounts(List<SocksLogin> logins) {
        this.logins = logins;
    }

    /**
     * Also this user.
     *
     * @throws IllegalArgumentException if one of both has more than {@link SocksLogin#MAX_BYTES}
     *     bytes of UTF-8
     */
    public SocksAccounts with(String user, String password) {
        var more = new ArrayList<>(logins);
        more.add(SocksLogin.of(user, password));
        return new SocksAccounts(List.copyOf(more));
    }

    /** Whether this is one of them. */
    @Override
    public boolean test(SocksLogin login) {
        boolean found = false;
        for (SocksLogin each : logins) {
            found |= each.matches(login);
        }
        return found;
    }

    /** How many there are. */
    @Override
    public String toString() {
        return "SocksAccounts[" + logins.size() + "]";
    }
}
