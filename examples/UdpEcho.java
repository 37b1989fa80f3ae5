// SPDX-License-Identifier: Apache-2.0
//
// A UDP service that sends each datagram back to who sent it.
//
//     ./sockeye run examples/UdpEcho.java [PORT]
//
// test: UdpEcho 0 -> serving on \[::]:\d+

import module sockeye.server;

void main(String... args) throws Exception {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 7007;
    var server =
            Server.datagram(InetEndpoint.any(port), request -> request.reply(request.payload()));
    IO.println("serving on " + server.local());
    server.join();
}
