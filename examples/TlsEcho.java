// SPDX-License-Identifier: Apache-2.0
//
// Lines sent back through TLS: the server, and a client that trusts its certificate and no other.
// The key is made with the JDK's keytool when the file is not there yet.
//
//     ./sockeye run examples/TlsEcho.java serve echo.p12 [PORT]
//     ./sockeye run examples/TlsEcho.java connect echo.p12 tcp:localhost:PORT
//
// test: TlsEcho serve $DIR/echo.p12 0 & -> serving on .*:(\d+)
// test: TlsEcho connect $DIR/echo.p12 tcp:localhost:$1 < hello -> ^TLSv1.3 TLS_\w+: hello

import module sockeye.server;

import module java.base;

final char[] password = "changeit".toCharArray();

void main(String... args) throws Exception {
    var file = Path.of(args[1]);
    if (args[0].equals("serve")) {
        serve(identity(file), args.length > 2 ? Integer.parseInt(args[2]) : 21567);
    } else {
        connect(identity(file), EndpointSpec.parse(args[2]));
    }
}

void serve(TlsIdentity own, int port) throws Exception {
    var tls = TlsContext.of(TlsSettings.DEFAULT.withIdentities(own));
    var settings = ServerSettings.DEFAULT.withLayers(TlsLayer.of(tls));
    var server =
            Server.stream(
                    InetEndpoint.any(port),
                    settings,
                    client -> {
                        var lines = client.reader();
                        for (String line; (line = lines.readLine()) != null; ) {
                            client.write(line + "\n");
                        }
                    });
    IO.println("serving on " + server.local());
    server.join();
}

void connect(TlsIdentity server, EndpointSpec where) throws Exception {
    var settings = TlsSettings.DEFAULT.withTrust(TlsTrust.of(server.chain()));
    try (var socket = StreamSocket.connect(where);
            var stream = TlsStream.client(socket, settings, "localhost")) {
        var details = stream.details();
        for (String line; (line = IO.readln()) != null && !line.isEmpty(); ) {
            stream.write(line + "\n");
            IO.println(
                    "%s %s: %s"
                            .formatted(
                                    details.protocol(),
                                    details.cipher(),
                                    stream.reader().readLine()));
        }
    }
}

TlsIdentity identity(Path file) throws Exception {
    if (Files.notExists(file)) {
        var keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        new ProcessBuilder(
                        ("%s -genkeypair -alias echo -keyalg EC -dname CN=localhost -ext"
                                        + " san=dns:localhost -keystore %s -storepass changeit")
                                .formatted(keytool, file)
                                .split(" "))
                .inheritIO()
                .start()
                .waitFor();
    }
    return TlsIdentity.of(KeyStore.getInstance(file.toFile(), password), password).getFirst();
}
