// SPDX-License-Identifier: Apache-2.0
//
// A SOCKS server of versions 4, 4A and 5, and a client of it. The server goes where it was told
// that it may, the client leaves it to the server to look up a name.
//
//     ./sockeye run examples/SocksServer.java serve 1080 192.0.2.0/24 2001:db8::/32
//     ./sockeye run examples/SocksServer.java serve 1080          # the Internet, and nothing near
//     curl --socks5-hostname 127.0.0.1:1080 http://example.org/
//
// test: SocksServer serve 0 127.0.0.0/8 & -> socks at 127.0.0.1:(\d+)
// test: SocksServer ask 127.0.0.1:$1 -> ^through 127.0.0.1:\d+, as 127.0.0.1:\d+: HELLO
// test: SocksServer serve 0 & -> socks at 127.0.0.1:(\d+)
// test: SocksServer ask 127.0.0.1:$1 -> ^no way: .*: not allowed by the rules

import module sockeye.reactor;

void main(String... args) throws Exception {
    try (var reactor = Reactor.open()) {
        if (args[0].equals("serve")) {
            serve(reactor, Integer.parseInt(args[1]), List.of(args).subList(2, args.length));
        } else {
            ask(reactor, InetEndpoint.parse(args[1]));
        }
        reactor.run();
    }
}

void serve(Reactor reactor, int port, List<String> networks) throws IOException {
    var rules = networks.isEmpty() ? DestinationRules.PUBLIC : DestinationRules.NOWHERE;
    for (var each : networks) {
        rules = rules.allow(each);
    }
    // Who can reach it may use it, unless withLogins asks for a password: so loopback alone.
    var limits =
            Limits.times(TimeLimits.DEFAULT.withIdle(Duration.ofMinutes(10)))
                    .then(
                            Limits.admission(
                                    AccessRules.EVERYBODY,
                                    AdmissionLimits.DEFAULT.withConnections(1_000)));
    var log =
            new SocksProxy.Observer() {
                @Override
                public void answered(
                        Transport client, SocksRequest request, SocksReply reply, Throwable why) {
                    IO.println(
                            client.peer() + " to " + request.destination() + ": " + reply.text());
                }
            };
    var proxy = SocksProxy.to(rules).withObserver(log);
    IO.println(
            "socks at " + reactor.listen(InetEndpoint.loopback(port), limits.over(proxy)).local());
}

void ask(Reactor reactor, InetEndpoint proxy) throws IOException {
    // A service to be asked: it says who asks, and what, in capitals.
    var service =
            reactor.listen(
                    InetEndpoint.loopback(0),
                    Lines.to((line, client) ->
                            client.write(
                                    "as " + client.peer() + ": " + line.toUpperCase() + "\n")));
    int port = ((InetEndpoint) service.local()).port();
    var printer =
            Lines.protocol(
                    1_000,
                    (line, server) -> {
                        IO.println("through " + proxy + ", " + line);
                        reactor.stop();
                    });
    reactor.connect(proxy, Socks.client("localhost", port).over(printer))
            .whenComplete((server, failed) -> {
                if (failed == null) {
                    server.write("hello\n");
                } else {
                    IO.println("no way: " + failed.getMessage());
                    reactor.stop();
                }
            });
}
