// SPDX-License-Identifier: Apache-2.0
//
// A relay that tells the server whom it serves, and a server that believes it: the PROXY protocol
// on
// both sides.
//
//     ./sockeye run examples/ProxyRelay.java server 8080
//     ./sockeye run examples/ProxyRelay.java relay 9090 tcp:127.0.0.1:8080
//     echo hello | nc 127.0.0.1 9090
//
// test: ProxyRelay server 0 & -> serving on .*:(\d+)
// test: ProxyRelay relay 0 tcp:127.0.0.1:$1 & -> relaying from .*:(\d+)
// test: TimestampClient tcp:127.0.0.1:$1 < hello -> ^127.0.0.1:\d+, by 127.0.0.1:\d+: hello

import module sockeye.server;

void main(String... args) throws Exception {
    int port = Integer.parseInt(args[1]);
    switch (args[0]) {
        case "server" -> {
            // Who can send a header can be anybody: only this machine's proxies are believed.
            var layer = ProxyLayer.trusting("127.0.0.1", "::1");
            var settings = ServerSettings.DEFAULT.withLayers(layer);
            var server = Server.stream(InetEndpoint.any(port), settings, this::serve);
            IO.println("serving on " + server.local());
            server.join();
        }
        case "relay" -> {
            var target = EndpointSpec.parse(args[2]);
            var server = Server.stream(InetEndpoint.any(port), client -> relay(client, target));
            IO.println("relaying from " + server.local());
            server.join();
        }
        default -> throw new IllegalArgumentException(args[0]);
    }
}

void serve(ByteStream client) throws IOException {
    var carrier = ServerConnection.current().carrier();
    var lines = client.reader();
    for (String line; (line = lines.readLine()) != null; ) {
        client.write("%s, by %s: %s\n".formatted(client.peer(), carrier, line));
    }
}

void relay(ByteStream client, EndpointSpec target) throws Exception {
    try (var server = StreamSocket.connect(target)) {
        server.write(ProxyHeader.v2(client.peer(), client.local()).withChecksum().encode());
        var back = Thread.ofVirtual().start(() -> move(server, client));
        move(client, server);
        back.join();
    }
}

void move(ByteStream from, ByteStream to) {
    try {
        from.inputStream().transferTo(to.outputStream());
        to.shutdownOutput();
    } catch (IOException failed) {
        IO.println(failed.getMessage());
    }
}
