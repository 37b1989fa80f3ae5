// SPDX-License-Identifier: Apache-2.0
//
// An echo for strangers: limits on times, on connections and on bytes per second, as layers. And a
// recording of a connection, played to the same protocol in memory.
//
//     ./sockeye run examples/LimitedEcho.java [PORT]
//
// test: LimitedEcho 0 & -> at \[::]:(\d+)
// test: TimestampClient tcp:localhost:$1 < hello -> ^hello
// test: LimitedEcho replay -> ^0.250000000 write "again"

import module sockeye.reactor;
import module sockeye.wire;

import module java.base;

final String seen =
        """
        sockeye transcript 1
        0.000000000 opened
        0.250000000 received "again"
        0.500000000 ended
        """;

final Protocol.Factory echo = () -> (client, bytes) -> client.write(bytes);

void main(String... args) throws Exception {
    if (args.length > 0 && args[0].equals("replay")) {
        replay();
        return;
    }
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 7007;
    Layer limits =
            Limits.times(TimeLimits.DEFAULT.withIdle(Duration.ofMinutes(1)))
                    .then(
                            Limits.admission(
                                            AccessRules.EVERYBODY,
                                            AdmissionLimits.DEFAULT.withPerPeer(10))
                                    .telling(why -> why + "\n"))
                    .then(
                            Limits.throughput(
                                    ThroughputLimits.NONE.withPeer(
                                            Throughput.of(ByteRate.perSecond(100_000)))));
    try (var reactor = Reactor.open()) {
        IO.println("at " + reactor.listen(InetEndpoint.any(port), limits.over(echo)).local());
        reactor.run();
    }
}

void replay() throws Exception {
    Layer recorder = Transcript.recorder(1 << 16, transcript -> IO.print(transcript));
    try (var peer = TestPeer.of(recorder.over(echo.protocol()))) {
        peer.play(Transcript.read(seen));
    }
}
