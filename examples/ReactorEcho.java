// SPDX-License-Identifier: Apache-2.0
//
// One loop that echoes streams and datagrams. What was received is written as it is: the bytes are
// not copied, and an idle connection has no buffer.
//
//     ./sockeye run examples/ReactorEcho.java [PORT]
//
// test: ReactorEcho 0 & -> streams on \[::]:(\d+),
// test: TimestampClient tcp:localhost:$1 < hello -> ^hello
// test: ReactorEcho 0 & -> datagrams on .*:(\d+)
// test: UdpClient ping $1 -> ^127.0.0.1:\d+ answers: ping

import module sockeye.reactor;

void main(String... args) throws Exception {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 7007;
    try (var reactor = Reactor.open()) {
        var streams =
                reactor.listen(
                        InetEndpoint.any(port), () -> (client, bytes) -> client.write(bytes));
        var datagrams =
                reactor.bind(InetEndpoint.any(port), (socket, message) -> socket.reply(message));
        IO.println("streams on " + streams.local() + ", datagrams on " + datagrams.local());
        reactor.run();
    }
}
