// SPDX-License-Identifier: Apache-2.0
import module sockeye.server;

// Greets each client of an abstract Unix name, whose records keep their boundaries.

void main() throws Exception {
    Server.seqpacket(
                    UnixEndpoint.ofAbstract("sockeye-greeter"),
                    client -> {
                        var greeting = client.receive(ByteBuffer.allocate(1_024));
                        client.send("hello, " + StandardCharsets.UTF_8.decode(greeting.payload()));
                    })
            .join();
}
