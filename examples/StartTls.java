// SPDX-License-Identifier: Apache-2.0
//
// TLS in mid-stream, as mail has it: a line in clear text asks for it, and from then on the same
// connection is encrypted. Both ends are protocols of one event loop.
//
//     ./sockeye run examples/StartTls.java
//
// test: StartTls -> ^over TLSv1.3 the server says: HELLO$

import module sockeye.reactor;
import module sockeye.wire;

import module java.base;

final char[] password = "changeit".toCharArray();

void main() throws Exception {
    var own = identity();
    var server = Tls.server(TlsContext.of(TlsSettings.DEFAULT.withIdentities(own)));
    var trusting = TlsSettings.DEFAULT.withTrust(TlsTrust.of(own.chain()));
    var client = Tls.client(TlsContext.of(trusting), "localhost");
    try (var reactor = Reactor.open()) {
        var listening = reactor.listen(InetEndpoint.loopback(0), () -> inTheClear(server));
        var connecting = reactor.connect(listening.local(), asking(client));
        reactor.reported(connecting.thenAccept(connection -> connection.write("STARTTLS\n")));
        reactor.run();
    }
}

/** The server's side: before, and after. */
Protocol inTheClear(Tls tls) {
    return Lines.protocol(
            1_000,
            (line, connection) -> {
                if (line.equals("STARTTLS")) {
                    connection.write("220 go ahead\n");
                    tls.start(connection, secret());
                } else {
                    connection.write("530 not without TLS\n");
                }
            });
}

Protocol secret() {
    return Lines.protocol(
            1_000, (line, connection) -> connection.write(line.toUpperCase(Locale.ROOT) + "\n"));
}

/** The client's side. */
Protocol asking(Tls tls) {
    return Lines.protocol(
            1_000,
            (line, connection) -> {
                if (line.startsWith("220")) {
                    tls.start(connection, new Asking());
                }
            });
}

class Asking implements Protocol {
    @Override
    public void opened(Transport connection) {
        connection.write("hello\n"); // opened is called when the handshake is over
    }

    @Override
    public void received(Transport connection, ByteBuffer bytes) {
        var version = connection.unwrap(TlsDetails.class).orElseThrow().protocol();
        var said = StandardCharsets.UTF_8.decode(bytes).toString().strip();
        IO.println("over " + version + " the server says: " + said);
        connection.close();
    }

    @Override
    public void closed(Transport connection, Throwable why) {
        if (why != null) IO.println(why);
        connection.reactor().stop();
    }
}

/** A key and a certificate of its own, made by the JDK's keytool. */
TlsIdentity identity() throws Exception {
    var directory = Files.createTempDirectory("start-tls");
    var file = directory.resolve("own.p12");
    var keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    new ProcessBuilder(
                    ("%s -genkeypair -alias own -keyalg EC -dname CN=localhost -ext"
                                    + " san=dns:localhost -keystore %s -storepass changeit")
                            .formatted(keytool, file)
                            .split(" "))
            .inheritIO()
            .start()
            .waitFor();
    var made = TlsIdentity.of(KeyStore.getInstance(file.toFile(), password), password).getFirst();
    Files.delete(file);
    Files.delete(directory);
    return made;
}
