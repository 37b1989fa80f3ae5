// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.ByteStream;
import sockeye.Deadline;
import sockeye.StreamSocket;
import sockeye.testkit.Task;
import sockeye.testkit.TestAuthority;
import sockeye.wire.TlsContext;
import sockeye.wire.TlsIdentity;
import sockeye.wire.TlsOffer;
import sockeye.wire.TlsSettings;
import sockeye.wire.TlsTrust;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Certificates, made once, and pairs of streams that have shaken hands. */
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

    static TlsSettings speaking(TlsSettings settings, String protocol) {
        return settings.withOffer(TlsOffer.DEFAULT.withProtocols(protocol));
    }

    /** Both ends of a connection, and what carries them. */
    record Pair(TlsStream client, TlsStream server, StreamSocket.Pair below)
            implements AutoCloseable {
        @Override
        public void close() throws IOException {
            try (below;
                    server) {
                client.close();
            }
        }
    }

    static Pair pair(TlsSettings client, TlsSettings server) throws Exception {
        return pair(StreamSocket.pair(), TlsContext.of(client), TlsContext.of(server));
    }

    static Pair pair(StreamSocket.Pair below, TlsContext client, TlsContext server)
            throws Exception {
        try {
            below.right().readDeadline(Deadline.after(Duration.ofSeconds(Task.PATIENCE)));
            var serving = Task.call(() -> TlsStream.server(below.right(), server));
            ByteStream left = below.left();
            TlsStream connecting = TlsStream.client(left, client, "localhost");
            var served = serving.join();
            below.right().readDeadline(Deadline.NONE);
            return new Pair(connecting, served, below);
        } catch (Exception | Error failed) {
            below.close();
            throw failed;
        }
    }
}
