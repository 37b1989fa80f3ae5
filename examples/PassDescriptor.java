// SPDX-License-Identifier: Apache-2.0
//
// Accepts a connection in one place and serves it in another: the open socket itself goes through a
// Unix socket. The other end is a thread here; it could as well be a process.
//
//     ./sockeye run examples/PassDescriptor.java
//
// test: PassDescriptor -> ^client heard: served from the other end

import module sockeye;

import module java.base;

void main() throws Exception {
    try (var pair = StreamSocket.pair();
            var listener = Listener.stream(InetEndpoint.loopback(0));
            var client = StreamSocket.connect(listener.local())) {
        Thread.ofVirtual().start(() -> serveWhatComes(pair.right().socket()));
        try (var accepted = listener.accept()) {
            ByteBuffer[] text = {ByteBuffer.wrap("take this".getBytes())};
            pair.left().socket().sendMsg(text, List.of(Ancillary.Rights.of(accepted)), 0);
        } // Ours is closed; the one that travels is not.
        IO.println("client heard: " + client.reader().readLine());
    }
}

void serveWhatComes(LinuxSocket socket) {
    try (var message = socket.recvMsg(100, Ancillary.Rights.space(1), 0);
            var connection = message.descriptors().getFirst().asRole()) {
        if (connection instanceof StreamSocket stream) stream.write("served from the other end\n");
    } catch (IOException failed) {
        IO.println(failed.getMessage());
    }
}
