// SPDX-License-Identifier: Apache-2.0
//
// Relays connections to another endpoint, of any family, by splice(2): the bytes stay in the
// kernel.
//
//     ./sockeye run examples/SpliceRelay.java PORT SPEC
//
// test: TimestampServer 0 & -> serving on .*:(\d+)
// test: SpliceRelay 0 tcp:127.0.0.1:$1 & -> relaying from .*:(\d+)
// test: TimestampClient tcp:127.0.0.1:$1 < hello -> ^\[.*Z] hello

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    var target = EndpointSpec.parse(args[1]);
    try (var listener = Listener.stream(InetEndpoint.any(Integer.parseInt(args[0])))) {
        IO.println("relaying from " + listener.local());
        while (true) {
            var client = listener.accept();
            Thread.ofVirtual().start(() -> relay(client, target));
        }
    }
}

void relay(StreamSocket client, EndpointSpec target) {
    try (client;
            var server = StreamSocket.connect(target)) {
        var back = Thread.ofVirtual().start(() -> move(server, client));
        move(client, server);
        back.join();
    } catch (IOException | InterruptedException failed) {
        IO.println(failed.getMessage());
    }
}

void move(StreamSocket from, StreamSocket to) {
    try {
        from.socket().spliceTo(to.socket(), Long.MAX_VALUE);
        to.shutdownOutput();
    } catch (IOException failed) {
        IO.println(failed.getMessage());
    }
}
