// SPDX-License-Identifier: Apache-2.0
//
// A server for strangers: so many connections of one address and so fast, none that is silent or
// dribbles for long, some networks not at all; and who is turned away is told why.
//
//     ./sockeye run examples/GuardedServer.java [PORT]
//
// test: GuardedServer 0 -> refuses a third: 421 too many connections of one peer

import module sockeye.server;

void main(String... args) throws Exception {
    var limits =
            ServerLimits.DEFAULT
                    .withMaxConnections(1_000)
                    .withMaxPerPeer(2)
                    .withPeerRate(RateLimit.per(Duration.ofMinutes(1), 60))
                    .withIdle(Duration.ofMinutes(5))
                    .withMessageTime(Duration.ofSeconds(20))
                    .withLifetime(Duration.ofHours(1));
    var settings =
            ServerSettings.DEFAULT
                    .withLimits(limits)
                    .withAccess(AccessRules.EVERYBODY.deny("192.0.2.0/24").deny("2001:db8::/32"))
                    .withNotice(why -> "421 %s%n".formatted(why).getBytes());
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 2525;
    try (var server =
            Server.stream(
                    InetEndpoint.any(port),
                    settings,
                    client -> {
                        var lines = client.reader().limit(1_000);
                        for (String line; (line = lines.readLine()) != null; )
                            client.write("250 you said %s%n".formatted(line));
                    })) {
        IO.println("serving on " + server.local());
        if (port == 0) {
            tryOut(server);
        } else {
            server.join();
        }
    }
}

/** Two are served, and the third hears why it is not. */
void tryOut(Server server) throws Exception {
    var here = InetEndpoint.loopback(((InetEndpoint) server.local()).port());
    try (var one = StreamSocket.connect(here);
            var two = StreamSocket.connect(here)) {
        for (var each : List.of(one, two)) {
            each.write("hello\n");
            IO.println("serves: " + each.reader().readLine());
        }
        try (var three = StreamSocket.connect(here)) {
            IO.println("refuses a third: " + three.reader().readLine());
        }
    }
    IO.println("rejected so far: " + server.rejected(Rejection.TOO_MANY));
}
