// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.testkit.TestAuthority;
import sockeye.wire.TlsIdentity;
import sockeye.wire.TlsSettings;
import sockeye.wire.TlsTrust;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Certificates, made once. */
final class TlsPeers {
    static final Path DIRECTORY;
    static final TestAuthority AUTHORITY;
    static final TestAuthority.Issued LOCALHOST;
    static final TestAuthority.Issued CLIENT;

    static {
        try {
            DIRECTORY = Files.createTempDirectory("sockeye-tls");
            Runtime.getRuntime().addShutdownHook(new Thread(TlsPeers::delete));
            AUTHORITY = new TestAuthority(DIRECTORY, "authority");
            LOCALHOST = AUTHORITY.issue("DNS:localhost", "IP:127.0.0.1");
            CLIENT = AUTHORITY.issue("DNS:somebody");
        } catch (IOException without) {
            throw new ExceptionInInitializerError(without);
        }
    }

    private TlsPeers() {}

    private static void delete() {
        try (var files = Files.list(DIRECTORY)) {
            files.forEach(each -> each.toFile().delete());
        } catch (IOException gone) {
            return;
        }
        DIRECTORY.toFile().delete();
    }

    static TlsIdentity identity(TestAuthority.Issued issued) throws IOException {
        return new TlsIdentity(issued.key(), issued.chain());
    }

    /** A server called localhost. */
    static TlsSettings server() throws IOException {
        return TlsSettings.DEFAULT.withIdentities(identity(LOCALHOST));
    }

    /** A client that trusts it. */
    static TlsSettings client() throws IOException {
        return TlsSettings.DEFAULT.withTrust(TlsTrust.of(AUTHORITY.root()));
    }
}
