// SPDX-License-Identifier: Apache-2.0
//
// One server at two places, with what an operator wants to see: who came and how it ended (an
// access
// log on standard output), and every few seconds what it has done so far.
//
//     ./sockeye run examples/WatchedServer.java [PORT [PATH [SECONDS]]]
//
// test: WatchedServer 0 $DIR/watched 1 & -> serving on .*:(\d+)
// test: TimestampClient tcp:localhost:$1 < hello -> ^HELLO$
// test: TimestampClient unix:$DIR/watched < hello -> ^HELLO$

import module sockeye.server;

import module java.base;

void main(String... args) throws Exception {
    var places =
            List.of(
                    InetEndpoint.any(args.length > 0 ? Integer.parseInt(args[0]) : 21567),
                    UnixEndpoint.of(args.length > 1 ? args[1] : "/tmp/watched"));
    var pace = Duration.ofSeconds(args.length > 2 ? Integer.parseInt(args[2]) : 10);
    var settings =
            ServerSettings.DEFAULT
                    .withObserver(
                            ServerObserver.logging()
                                    .and(
                                            ServerObserver.accessLog(
                                                    AccessFormat.KEY_VALUE, System.out)))
                    .withHooks(
                            ServerHooks.NONE
                                    .withVerifier(connection -> connection.id() < 1_000_000)
                                    .withActions(
                                            new ServiceAction("publish", pace, this::publish)));
    StreamHandler shout =
            client -> {
                var lines = client.reader();
                for (String line; (line = lines.readLine()) != null; )
                    client.write(line.toUpperCase(Locale.ROOT) + "\n");
            };
    var server =
            Server.stream(
                    places,
                    settings,
                    shout.withRescue((client, thrown) -> client.write("sorry: " + thrown + "\n")));
    IO.println("serving on " + server.locals().getLast() + " and " + server.local());
    server.join();
}

void publish(Server server) {
    var line = new StringJoiner(" ");
    server.statistics().forEach((name, value) -> line.add(name + "=" + value));
    IO.println(line);
    for (var each : server.connections()) {
        IO.println(each.snapshot());
    }
}
