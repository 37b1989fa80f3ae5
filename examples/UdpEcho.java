// SPDX-License-Identifier: Apache-2.0
import module sockeye.server;

// UDP echo, RFC 862 on another port.

void main() throws Exception {
    Server.datagram(InetEndpoint.any(7007), request -> request.reply(request.payload())).join();
}
