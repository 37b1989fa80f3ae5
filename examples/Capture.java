// SPDX-License-Identifier: Apache-2.0
//
// Writes the frames of an interface to a file that tshark and Wireshark read, with the kernel's
// times in nanoseconds. Takes CAP_NET_RAW. A filter is what `tcpdump -ddd EXPRESSION` prints.
//
//     ./sockeye run examples/Capture.java [INTERFACE [FILE [FRAMES [FILTER]]]]
//
// test: Capture lo $DIR/lo.pcapng 2 & -> ^capturing on lo|EPERM
// test: Ping 127.0.0.1 -> ^127.0.0.1 answers after .* ms|EPERM

import module sockeye;
import module sockeye.wire;

import module java.base;

void main(String... args) throws Exception {
    String name = args.length > 0 ? args[0] : "lo";
    var file = Path.of(args.length > 1 ? args[1] : "capture.pcapng");
    int frames = args.length > 2 ? Integer.parseInt(args[2]) : 10;
    var everything = PacketEndpoint.of(EtherType.ETH_P_ALL, name);
    var block = ByteBuffer.allocate(Pcapng.packetLength(Pcapng.MAX_PACKET));
    // Protocol 0 hears nothing yet: no frame slips in before the filter stands.
    try (var socket = LinuxSocket.socket(AddressFamily.AF_PACKET, SocketType.SOCK_RAW, 0);
            var out = Files.newOutputStream(file)) {
        if (args.length > 3) {
            socket.setOption(SoOption.ATTACH_FILTER, SocketFilter.parse(args[3]));
        }
        socket.setOption(SoOption.TIMESTAMP_NS, true);
        socket.bind(everything);
        var promiscuous = PacketMembership.promiscuous(everything.interfaceIndex());
        socket.setOption(PacketOption.ADD_MEMBERSHIP, promiscuous);
        Pcapng.section(block, "sockeye");
        Pcapng.link(block, Pcapng.LINKTYPE_ETHERNET, 0, name);
        IO.println("capturing on " + name);
        long time = 0;
        for (int i = 0; i < frames; i++) {
            var frame = socket.recvMsg(Pcapng.MAX_PACKET, 64, MessageFlag.MSG_TRUNC);
            var stamp = frame.find(Ancillary.ReceivedTimestamp.class).orElseThrow().time();
            time = stamp.getEpochSecond() * 1_000_000_000 + stamp.getNano();
            Pcapng.packet(block, 0, time, frame.payload(), frame.length(), way(frame.peer()));
            flush(block, out);
        }
        var seen = socket.getOption(PacketOption.STATISTICS);
        Pcapng.statistics(block, 0, time, seen.packets(), seen.drops());
        flush(block, out);
        IO.println("%d frames in %s, %d lost".formatted(frames, file, seen.drops()));
    }
}

Pcapng.Direction way(Endpoint from) {
    return from instanceof PacketEndpoint link
                    && link.packetType() == PacketEndpoint.PACKET_OUTGOING
            ? Pcapng.Direction.OUTBOUND
            : Pcapng.Direction.INBOUND;
}

void flush(ByteBuffer block, OutputStream out) throws IOException {
    out.write(block.array(), 0, block.position());
    block.clear();
}
