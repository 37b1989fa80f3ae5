// SPDX-License-Identifier: Apache-2.0
//
// A chat by lines: what one says all hear. One thread has all clients, so their list needs no lock;
// one who does not read misses lines, and holds up nobody.
//
//     ./sockeye run examples/LineChat.java [PORT]
//
// test: LineChat 0 & -> chat on .*:(\d+)
// test: TimestampClient tcp:localhost:$1 < hello -> ^127.0.0.1:\d+ says hello

import module sockeye.reactor;

import module java.base;

final Set<Transport> guests = new LinkedHashSet<>();

/** One who takes part; the lines are cut by the protocol inside. */
class Guest implements Protocol {
    final Protocol lines = Lines.protocol(1_000, this::said);
    String name = "";

    @Override
    public void opened(Transport client) {
        name = String.valueOf(client.peer());
        guests.add(client);
    }

    @Override
    public void received(Transport client, ByteBuffer bytes) throws Exception {
        lines.received(client, bytes);
    }

    @Override
    public void closed(Transport client, Throwable why) {
        guests.remove(client);
        tell(name + " has left");
    }

    void said(String line, Transport client) {
        tell(name + " says " + line);
    }
}

void tell(String line) {
    for (var each : guests) {
        if (each.isWritable()) each.write(line + "\n");
    }
}

void main(String... args) throws Exception {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 7777;
    try (var reactor = Reactor.open()) {
        var listening = reactor.listen(InetEndpoint.any(port), Guest::new);
        IO.println("chat on " + listening.local());
        reactor.run();
    }
}
