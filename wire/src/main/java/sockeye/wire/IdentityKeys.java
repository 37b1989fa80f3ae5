// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509ExtendedKeyManager;

/** Chooses among identities; an alias is the number of one. */
final class IdentityKeys extends X509ExtendedKeyManager {
    private static final String NOBODY = "";

    private final TlsIdentities identities;
    private final List<Set<String>> names;

    IdentityKeys(TlsIdentities identities) {
        this.identities = identities;
        this.names = identities.all().stream().map(each -> Set.copyOf(each.names())).toList();
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
        SSLSession session = engine.getHandshakeSession();
        return server(keyType, session == null ? NOBODY : TlsDetails.serverName(session));
    }

    private @Nullable String server(String keyType, String wanted) {
        List<Integer> candidates = candidates(wanted);
        for (int number : candidates) {
            if (fits(keyType, identities.all().get(number).key())) {
                return Integer.toString(number);
            }
        }
        return null;
    }

    private List<Integer> candidates(String wanted) {
        var found = new ArrayList<Integer>();
        for (String name : List.of(wanted, ServerNames.wildcard(wanted))) {
            for (int i = 0; i < names.size(); i++) {
                if (!name.isEmpty() && names.get(i).contains(name)) {
                    found.add(i);
                }
            }
            if (!found.isEmpty()) {
                return found;
            }
        }
        if (!identities.strict() && !names.isEmpty()) {
            // The default, with those of other kinds of keys that are for the same names.
            Set<String> first = names.getFirst();
            for (int i = 0; i < names.size(); i++) {
                if (names.get(i).equals(first)) {
                    found.add(i);
                }
            }
        }
        return found;
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, SSLEngine engine) {
        return client(keyTypes, issuers);
    }

    /** The one that the server's list of authorities asks for, else any that it can check. */
    private @Nullable String client(String[] keyTypes, Principal @Nullable [] issuers) {
        String any = null;
        for (int i = 0; i < names.size(); i++) {
            TlsIdentity identity = identities.all().get(i);
            if (Arrays.stream(keyTypes).noneMatch(type -> fits(type, identity.key()))) {
                continue;
            }
            boolean wanted =
                    issuers == null
                            || issuers.length == 0
                            || identity.chain().stream()
                                    .map(X509Certificate::getIssuerX500Principal)
                                    .anyMatch(Arrays.asList(issuers)::contains);
            if (wanted) {
                return Integer.toString(i);
            }
            any = any == null ? Integer.toString(i) : any;
        }
        return any;
    }

    private static boolean fits(String keyType, PrivateKey key) {
        String algorithm = key.getAlgorithm();
        return keyType.equals(algorithm)
                || keyType.startsWith(algorithm + "_")
                || (keyType.startsWith("Ed") && algorithm.startsWith("Ed"));
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        TlsIdentity identity = find(alias);
        return identity == null ? null : identity.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        TlsIdentity identity = find(alias);
        return identity == null ? null : identity.key();
    }

    private @Nullable TlsIdentity find(String alias) {
        try {
            int number = Integer.parseInt(alias);
            return number < names.size() ? identities.all().get(number) : null;
        } catch (NumberFormatException notOurs) {
            return null;
        }
    }

    @Override
    public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return aliases(keyType);
    }

    @Override
    public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return aliases(keyType);
    }

    private String[] aliases(String keyType) {
        var found = new ArrayList<String>();
        for (int i = 0; i < names.size(); i++) {
            if (fits(keyType, identities.all().get(i).key())) {
                found.add(Integer.toString(i));
            }
        }
        return found.toArray(String[]::new);
    }

    /** For sockets of the JDK, which are not ours; without a name, thus the default. */
    @Override
    public @Nullable String chooseServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return server(keyType, NOBODY);
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return client(keyTypes, issuers);
    }
}
