// SPDX-License-Identifier: Apache-2.0
//
// A chat without a server: whoever joins the group on the same network hears every line.
//
//     ./sockeye run examples/MulticastChat.java [INTERFACE]
//
// test: MulticastChat lo < hello -> says hello$

import module sockeye;

import module java.base;

final InetEndpoint group = InetEndpoint.of("239.255.21.67", 21567);

void main(String... args) throws Exception {
    var link = NetworkInterface.getByName(args.length > 0 ? args[0] : "lo").getIndex();
    try (var socket =
            MessageSocket.bind(
                    group,
                    SoOption.REUSE_ADDR.to(true),
                    IpOption.MULTICAST_IF.to(MulticastInterface.of(link)))) {
        socket.join(Membership.of(group.address(), link));
        var listening = Thread.ofPlatform().daemon().start(() -> listen(socket));
        for (String line; (line = IO.readln()) != null; ) socket.sendTo(line, group);
        listening.join(Duration.ofSeconds(2)); // for the echo of what was just sent
    }
}

void listen(MessageSocket socket) {
    try {
        while (true) {
            var message = socket.receive(ByteBuffer.allocate(2_048));
            var who = message.peer() instanceof InetEndpoint peer ? peer.address() : "somebody";
            IO.println(who + " says " + StandardCharsets.UTF_8.decode(message.payload()));
        }
    } catch (IOException closed) {
        IO.println("good bye");
    }
}
