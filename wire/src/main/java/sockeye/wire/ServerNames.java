// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;

import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIMatcher;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.StandardConstants;

/** Names of servers, as certificates and clients write them. */
final class ServerNames {
    private ServerNames() {}

    /** In lower case, and without the dot that ends a name which is absolute. */
    static String plain(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    /**
     * The pattern that stands for a name and its neighbours: one label, and never a bare domain.
     */
    static String wildcard(String name) {
        int dot = name.indexOf('.');
        return dot <= 0 || name.indexOf('.', dot + 1) < 0 ? "" : "*" + name.substring(dot);
    }

    static boolean covers(Collection<String> names, String name) {
        return !name.isEmpty() && (names.contains(name) || names.contains(wildcard(name)));
    }

    /** Lets a server refuse other names with the alert that says so, unrecognized_name. */
    static SNIMatcher among(Set<String> names) {
        return new SNIMatcher(StandardConstants.SNI_HOST_NAME) {
            @Override
            public boolean matches(SNIServerName name) {
                try {
                    return covers(names, plain(new SNIHostName(name.getEncoded()).getAsciiName()));
                } catch (IllegalArgumentException none) {
                    return false;
                }
            }
        };
    }
}
