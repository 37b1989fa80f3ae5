// SPDX-License-Identifier: Apache-2.0
//
// Finds the routers on the way to a host, as traceroute(8) does, without any privilege: each probe
// may pass one router more, and the error queue tells who stopped it.
//
//     ./sockeye run examples/Traceroute.java [HOST]
//
// test: Traceroute 127.0.0.1 -> ^ 1  127.0.0.1  .* ms

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    var host = InetAddress.getByName(args.length > 0 ? args[0] : "127.0.0.1");
    var target = InetEndpoint.of(IpAddress.of(host), 33_434);
    boolean ipv4 = target.family() == AddressFamily.AF_INET;
    try (var socket = LinuxSocket.socket(target.family(), SocketType.SOCK_DGRAM)) {
        socket.setOption(ipv4 ? IpOption.RECV_ERR : Ipv6Option.RECV_ERR, true);
        socket.setTimeout(Duration.ofSeconds(1));
        for (int hops = 1; hops <= 30; hops++) {
            var limit = ipv4 ? Ancillary.TimeToLive.ipv4(hops) : Ancillary.TimeToLive.ipv6(hops);
            ByteBuffer[] probe = {ByteBuffer.allocate(32)};
            long sent = System.nanoTime();
            socket.sendMsg(probe, List.of(limit), 0, target);
            try {
                var answer = socket.recvMsg(64, 512, MessageFlag.MSG_ERRQUEUE);
                var error = answer.find(Ancillary.ExtendedError.class).orElseThrow();
                var router = error.offender() instanceof InetEndpoint by ? by.address() : "us";
                double millis = (System.nanoTime() - sent) / 1e6;
                IO.println("%2d  %s  %.2f ms".formatted(hops, router, millis));
                if (error.errno().equals(Errno.ECONNREFUSED)) {
                    return; // by the host itself: nobody listens on that port
                }
            } catch (SocketTimeoutException silence) {
                IO.println("%2d  *".formatted(hops));
            }
        }
    }
}
