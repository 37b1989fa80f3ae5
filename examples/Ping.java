// SPDX-License-Identifier: Apache-2.0
//
// Asks a host over ICMP whether it is there: on a datagram socket if net.ipv4.ping_group_range lets
// us, else on a raw one, which takes CAP_NET_RAW and shows the IP header too.
//
//     ./sockeye run examples/Ping.java [HOST]
//
// test: Ping 127.0.0.1 -> ^127.0.0.1 answers after .* ms|EPERM

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    var host = InetAddress.getByName(args.length > 0 ? args[0] : "127.0.0.1");
    try (var socket = open()) {
        socket.connect(InetEndpoint.of(IpAddress.of(host), 0));
        socket.setTimeout(Duration.ofSeconds(2));
        var request = ByteBuffer.allocate(8).put(0, (byte) 8).putShort(6, (short) 1);
        request.putShort(2, (short) ~(0x0800 + 1)); // the checksum of those two words
        long sent = System.nanoTime();
        socket.send(request, 0);
        while (true) {
            byte[] answer = socket.recv(1_500);
            int start = socket.type() == SocketType.SOCK_RAW ? (answer[0] & 15) * 4 : 0;
            if (answer[start] == 0) break; // a raw socket hears our own request too
        }
        double millis = (System.nanoTime() - sent) / 1e6;
        IO.println("%s answers after %.3f ms".formatted(host.getHostAddress(), millis));
    }
}

LinuxSocket open() throws IOException {
    int icmp = IpProtocol.IPPROTO_ICMP;
    try {
        return LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_DGRAM, icmp);
    } catch (SocketException denied) {
        return LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_RAW, icmp);
    }
}
