// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.wire.TlsIdentities;
import sockeye.wire.TlsIdentity;
import sockeye.wire.TlsSettings;
import sockeye.wire.TlsTrust;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The files of a TLS identity.
 *
 * @param certificates of each identity its certificate, and those that vouch for it
 * @param keys of each its key, in the same order
 * @param passphrase of the keys; null if they need none
 * @param authorities who is trusted; null if that is not said
 */
record TlsFiles(
        List<Path> certificates,
        List<Path> keys,
        @Nullable Path passphrase,
        @Nullable Path authorities) {

    /** Reads all of them into settings. */
    TlsSettings load(TlsSettings base, boolean strict) throws IOException {
        TlsSettings loaded = base;
        if (!certificates.isEmpty()) {
            char[] secret = passphrase == null ? null : secret(passphrase);
            var identities = new ArrayList<TlsIdentity>();
            for (int i = 0; i < certificates.size(); i++) {
                identities.add(identity(certificates.get(i), keys.get(i), secret));
            }
            loaded = loaded.withIdentities(new TlsIdentities(identities, strict));
        }
        if (authorities != null) {
            loaded = loaded.withTrust(TlsTrust.of(Pem.certificates(authorities)));
        }
        return loaded;
    }

    private static TlsIdentity identity(Path certificate, Path key, char @Nullable [] secret)
            throws IOException {
        try {
            return new TlsIdentity(Pem.key(key, secret), Pem.certificates(certificate));
        } catch (IllegalArgumentException notItsKey) {
            throw new IOException(key + ": " + notItsKey.getMessage(), notItsKey);
        }
    }

    /** The first line. */
    private static char[] secret(Path file) throws IOException {
        String text = Files.readString(file);
        int end = text.indexOf('\n');
        return (end < 0 ? text : text.substring(0, end)).stripTrailing().toCharArray();
    }

    /** The directories in which they are, to be told when one is put in the place of another. */
    Set<Path> directories() {
        var found = new HashSet<Path>();
        var all = new ArrayList<>(certificates);
        all.addAll(keys);
        if (passphrase != null) {
            all.add(passphrase);
        }
        if (authorities != null) {
            all.add(authorities);
        }
        for (Path each : all) {
            found.add(each.toAbsolutePath().getParent());
            try {
                found.add(each.toRealPath().getParent()); // where links lead
            } catch (IOException missing) {
                // Then its own directory tells when it comes back.
            }
        }
        return found;
    }

    /** A failure in half a sentence. */
    static String why(IOException failed) {
        return switch (failed) {
            case NoSuchFileException none -> "no such file: " + none.getFile();
            case AccessDeniedException denied -> "not allowed: " + denied.getFile();
            default -> String.valueOf(failed.getMessage());
        };
    }
}
