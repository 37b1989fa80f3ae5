// SPDX-License-Identifier: Apache-2.0
//
// Answers datagrams of strangers, five a second from each, and says how many were lost by that. And
// a recording of a socket, played to the same protocol in memory.
//
//     ./sockeye run examples/LimitedDatagrams.java [PORT]
//
// test: LimitedDatagrams 0 & -> at \[::]:(\d+)
// test: UdpClient ping $1 -> ^127.0.0.1:\d+ answers: ping
// test: LimitedDatagrams replay -> ^6 came, 5 answered, 1 lost

import module sockeye.reactor;
import module sockeye.wire;

import module java.base;

final String seen =
        """
        sockeye transcript 1
        0.000000000 opened
        0.250000000 received from "192.0.2.9:4711" "one"
        0.250000000 received from "192.0.2.9:4711" "two"
        0.250000000 received from "192.0.2.9:4711" "three"
        0.250000000 received from "192.0.2.9:4712" "four, of the same host"
        0.250000000 received from "192.0.2.9:4711" "five"
        0.250000000 received from "192.0.2.9:4711" "too many"
        """;

final MessageProtocol echo = MessageTransport::reply;

final MessageThrottle limit =
        MessageLimits.rate(
                MessageRateLimits.NONE.withPeer(
                        MessageRate.NONE.withReading(RateLimit.perSecond(5))));

void main(String... args) throws Exception {
    if (args.length > 0 && args[0].equals("replay")) {
        replay();
        return;
    }
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 7007;
    var log = ProtocolLog.to(System.getLogger("echo")).forMessages();
    try (var reactor = Reactor.open()) {
        var socket = reactor.bind(InetEndpoint.any(port), limit.then(log).over(echo));
        IO.println("at " + socket.local());
        reactor.run();
    }
}

void replay() {
    var came = Transcript.read(seen);
    try (var peers = TestMessagePeer.of(limit.over(echo)).play(came)) {
        long count = came.events().size() - 1;
        IO.println(
                "%d came, %d answered, %d lost"
                        .formatted(count, peers.sent().size(), limit.lostComing()));
    }
}
