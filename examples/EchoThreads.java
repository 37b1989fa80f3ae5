// SPDX-License-Identifier: Apache-2.0
//
// What a server is made of: a listener, and a virtual thread for each connection. Here with one
// client of its own.
//
//     ./sockeye run examples/EchoThreads.java
//
// test: EchoThreads -> ^echo: Hello!

import module sockeye;

import module java.base;

void main() throws Exception {
    try (var listener = Listener.stream(InetEndpoint.loopback(0))) {
        Thread.ofVirtual().start(() -> accept(listener));
        try (var client = StreamSocket.connect(listener.local())) {
            client.write("Hello!\n");
            IO.println("echo: " + client.reader().readLine());
        }
    }
}

void accept(Listener<StreamSocket> listener) {
    try {
        while (true) {
            var client = listener.accept();
            Thread.ofVirtual().start(() -> echo(client));
        }
    } catch (IOException closed) {
        // That is how an accept loop ends.
    }
}

void echo(StreamSocket client) {
    try (client) {
        var buffer = new byte[8_192];
        for (int count; (count = client.read(buffer)) >= 0; ) client.write(buffer, 0, count);
    } catch (IOException gone) {
        IO.println(client.peer() + " is gone: " + gone.getMessage());
    }
}
