// SPDX-License-Identifier: Apache-2.0
//
// What the kernel knows of a TCP connection: TCP_INFO, decoded.
//
//     ./sockeye run examples/ConnectionFacts.java [SPEC]
//
// test: TimestampServer 0 & -> serving on .*:(\d+)
// test: ConnectionFacts tcp:127.0.0.1:$1 -> ^ESTABLISHED, round trip .* ms, window \d+ segments

import module sockeye;

void main(String... args) throws Exception {
    var where = EndpointSpec.parse(args.length > 0 ? args[0] : "tcp:localhost:21567");
    try (var server = StreamSocket.connect(where)) {
        server.write("how is the line?\n");
        server.reader().readLine();
        var info = server.socket().getOption(TcpOption.INFO);
        IO.println(
                "%s, round trip %.3f ms, window %d segments of %d bytes, %d sent again"
                        .formatted(
                                info.state(),
                                info.rtt().toNanos() / 1e6,
                                info.congestionWindow(),
                                info.sendSegmentSize(),
                                info.totalRetransmissions()));
    }
}
