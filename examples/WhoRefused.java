// SPDX-License-Identifier: Apache-2.0
//
// Sends a datagram to where nobody listens. The error queue has who refused it, and the ICMP
// message.
//
//     ./sockeye run examples/WhoRefused.java [PORT]
//
// test: WhoRefused 9 -> ^127.0.0.1 refused 127.0.0.1:9: ECONNREFUSED.*, ICMP type 3 code 3

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    var target = InetEndpoint.loopback(args.length > 0 ? Integer.parseInt(args[0]) : 9);
    try (var socket = MessageSocket.open(AddressFamily.AF_INET, IpOption.RECV_ERR.to(true))) {
        socket.sendTo("anybody there?", target);
        socket.readDeadline(Deadline.after(Duration.ofSeconds(2)));
        var queue = MessageFlag.MSG_ERRQUEUE;
        var failed = socket.receive(ByteBuffer.allocate(512), 512, queue);
        var why = failed.find(Ancillary.ExtendedError.class).orElseThrow();
        var who = why.offender() instanceof InetEndpoint by ? by.address() : "the kernel";
        IO.println(
                "%s refused %s: %s, ICMP type %d code %d"
                        .formatted(
                                who, failed.peer(), why.errno(), why.icmpType(), why.icmpCode()));
    }
}
