// SPDX-License-Identifier: Apache-2.0
//
// A small ss: the sockets of this network, whoever has them: state, what waits to be read and to be
// sent, addresses, round-trip time, and the processes.
//
//     ./sockeye run examples/Sockets.java [PORT]
//
// With a port, the kernel leaves out all sockets that have it on neither side.
//
// test: TimestampServer 0 & -> serving on .*:(\d+)
// test: Sockets $1 -> tcp +LISTEN +0 +\d+ .*:$1 .*java

import module sockeye.netlink;

import module java.base;

void main(String... args) throws Exception {
    var query = InetQuery.ALL;
    if (args.length > 0) {
        int port = Integer.parseInt(args[0]);
        query = query.where(DiagFilter.localPort(port).or(DiagFilter.peerPort(port)));
    }
    var owners = SocketOwners.scan();
    try (var diag = DiagSocket.open()) {
        for (var socket : diag.tcp(query)) {
            show("tcp", socket, owners);
        }
        for (var socket : diag.udp(query)) {
            show("udp", socket, owners);
        }
        if (args.length == 0) {
            for (var socket : diag.unix()) {
                IO.println(
                        "unix %-12s %6d %6d %s %s"
                                .formatted(
                                        socket.state(),
                                        socket.receiveQueue(),
                                        socket.sendQueue(),
                                        socket.local(),
                                        processes(owners.of(socket))));
            }
        }
    }
    if (owners.hiddenProcesses() > 0) {
        IO.println("%d processes are hidden from you".formatted(owners.hiddenProcesses()));
    }
}

void show(String protocol, InetReport socket, SocketOwners owners) {
    var tcp = socket.tcp();
    IO.println(
            "%s  %-12s %6d %6d %s %s %s %s"
                    .formatted(
                            protocol,
                            socket.state(),
                            socket.receiveQueue(),
                            socket.sendQueue(),
                            socket.local(),
                            socket.peer().port() == 0 ? "*" : socket.peer(),
                            tcp == null || tcp.rtt().isZero() ? "" : "rtt " + tcp.rtt(),
                            processes(owners.of(socket))));
}

String processes(List<SocketOwners.Owner> owners) {
    return owners.stream()
            .map(each -> each.command() + "[" + each.pid() + "]")
            .distinct()
            .collect(Collectors.joining(" "));
}
