// SPDX-License-Identifier: Apache-2.0
//
// A service that sends a file to whoever connects: from the disk's cache to the socket by the
// kernel,
// a large one to a thousand clients at once, on one thread.
//
//     ./sockeye run examples/FileReactor.java FILE [PORT]
//
// test: FileReactor /etc/passwd 0 & -> serving \d+ bytes on .*:(\d+)
// test: TimestampClient tcp:localhost:$1 < hello -> ^root:

import module sockeye.reactor;

import module java.base;

void main(String... args) throws Exception {
    var file = Path.of(args[0]);
    int port = args.length > 1 ? Integer.parseInt(args[1]) : 7079;
    try (var reactor = Reactor.open()) {
        var listening = reactor.listen(InetEndpoint.any(port), () -> new Sending(file));
        IO.println("serving " + Files.size(file) + " bytes on " + listening.local());
        reactor.run();
    }
}

record Sending(Path file) implements Protocol {
    @Override
    public void opened(Transport client) throws IOException {
        client.reactor().reported(client.sendFile(file, 0, Files.size(file)));
        client.close(); // when all is delivered
    }

    @Override
    public void received(Transport client, ByteBuffer bytes) {
        bytes.position(bytes.limit()); // nobody is listened to
    }
}
