// SPDX-License-Identifier: Apache-2.0
//
// Sends a large file by sendfile(2): from the disk's cache to the socket, past this program.
//
//     ./sockeye run examples/SendFile.java [FILE]
//
// test: SendFile -> ^(\d+) bytes of .* sent, \1 received

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    var file =
            Path.of(args.length > 0 ? args[0] : System.getProperty("java.home") + "/lib/modules");
    try (var listener = Listener.stream(InetEndpoint.loopback(0));
            var client = StreamSocket.connect(listener.local())) {
        var received = new FutureTask<>(() -> count(listener));
        Thread.ofVirtual().start(received);
        long sent = client.socket().sendFile(file, 0, Files.size(file));
        client.shutdownOutput();
        IO.println("%d bytes of %s sent, %d received".formatted(sent, file, received.get()));
    }
}

long count(Listener<StreamSocket> listener) throws IOException {
    try (var connection = listener.accept()) {
        return connection.inputStream().transferTo(OutputStream.nullOutputStream());
    }
}
