// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/** A client and a server machine, and what is on its way between them; no socket, no thread. */
final class TlsLink {
    private static final char[] PASSWORD = "sockeye".toCharArray();
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** What the server is, for example.org and *.example.net. */
    static final TlsIdentity EXAMPLE;

    static {
        try {
            EXAMPLE = TlsIdentity.of(store(), PASSWORD).getFirst();
        } catch (GeneralSecurityException | IOException unreadable) {
            throw new ExceptionInInitializerError(unreadable);
        }
    }

    /** One side, with what has come to it and is not read. */
    static final class End {
        final TlsMachine machine;
        final ByteBuffer incoming = ByteBuffer.allocate(1 << 20).limit(0);
        final ByteBuffer plain = ByteBuffer.allocate(64 << 10);

        End(TlsMachine machine) {
            this.machine = machine;
        }

        void comes(ByteBuffer records) {
            incoming.compact().put(records).flip();
        }

        /** Receives until something else than MOVED is to be done. */
        TlsStep receiveAll() throws SSLException {
            while (true) {
                TlsStep step = machine.receive(incoming, plain);
                switch (step) {
                    case MOVED, ESTABLISHED -> {}
                    case TASK -> {
                        for (Runnable task; (task = machine.task()) != null; ) {
                            task.run();
                        }
                    }
                    default -> {
                        return step;
                    }
                }
            }
        }

        /** Sends all of this, and what the machine has to say by itself. */
        ByteBuffer sendAll(ByteBuffer data) throws SSLException {
            ByteBuffer records = ByteBuffer.allocate(1 << 20);
            while (true) {
                switch (machine.send(data, records)) {
                    case MOVED, ESTABLISHED -> {}
                    case TASK -> {
                        for (Runnable task; (task = machine.task()) != null; ) {
                            task.run();
                        }
                    }
                    default -> {
                        return records.flip();
                    }
                }
            }
        }
    }

    final SSLEngine clientEngine;
    final End client;
    final End server;

    TlsLink(TlsSettings serving, String protocol) throws Exception {
        clientEngine = clientEngine(protocol);
        client = new End(TlsMachine.of(clientEngine));
        server = new End(TlsContext.of(serving).server());
    }

    static TlsSettings serving() {
        return TlsSettings.DEFAULT.withIdentities(EXAMPLE);
    }

    /** A server's and a client's that has shaken hands with it. */
    static TlsLink established(String protocol) throws Exception {
        var link = new TlsLink(serving(), protocol);
        link.shakeHands();
        return link;
    }

    void shakeHands() throws SSLException {
        for (int turn = 0; turn < 10; turn++) {
            server.comes(client.sendAll(NOTHING));
            server.receiveAll();
            client.comes(server.sendAll(NOTHING));
            client.receiveAll();
        }
        if (!client.machine.isEstablished() || !server.machine.isEstablished()) {
            throw new SSLException("no handshake");
        }
    }

    /**
     * An engine that trusts anybody and is asked for example.org; tests can do odd things to it.
     */
    private static SSLEngine clientEngine(String protocol)
            throws GeneralSecurityException, IOException {
        var context = SSLContext.getInstance("TLS");
        context.init(null, TlsTrust.ANYONE.managers(true), null);
        SSLEngine engine = context.createSSLEngine("example.org", 443);
        engine.setUseClientMode(true);
        engine.setEnabledProtocols(new String[] {protocol});
        return engine;
    }

    /** An engine as others make them. */
    static SSLEngine serverEngine() throws GeneralSecurityException, IOException {
        var keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store(), PASSWORD);
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        return engine;
    }

    static KeyStore store() throws GeneralSecurityException, IOException {
        var store = KeyStore.getInstance("PKCS12");
        try (var in = TlsLink.class.getResourceAsStream("example.p12")) {
            store.load(in, PASSWORD);
        }
        return store;
    }

    static ByteBuffer bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return ByteBuffer.wrap(bytes);
    }

    static List<String> protocols() {
        return List.of("TLSv1.3", "TLSv1.2");
    }
}
