// SPDX-License-Identifier: Apache-2.0
//
// What inetd had built in, in one process: echo, discard, chargen, quote of the day, daytime, time
// and who you are, each over TCP and UDP, and each the machine of sockeye.wire as it is.
//
//     ./sockeye run examples/SmallServices.java [BASE]    at BASE + 7, 9, 11, 13, 17, 19, 37
//
// Asked by `nc localhost 7013`, or `echo | sockeye connect udp:localhost:7013`.
//
// test: SmallServices 0 -> echo at \[::]:\d+

import module sockeye.server;

void main(String... args) throws Exception {
    int base = args.length > 0 ? Integer.parseInt(args[0]) : 7_000;
    var place = ZoneId.systemDefault();
    serve("echo", base, 7, new EchoService());
    serve("discard", base, 9, new DiscardService());
    serve("who", base, 11, new WhoService());
    serve("daytime", base, 13, DaytimeService.in(place).format(StampFormat.MAIL));
    serve("qotd", base, 17, QotdService.builtIn().in(place));
    serve("chargen", base, 19, new ChargenService().limit(1 << 20).rate(10_000));
    serve("time", base, 37, new TimeService()).join();
}

/** The same object for both: it has neither a socket nor a state that the two would share. */
<S extends StreamService & MessageService> Server serve(String name, int base, int port, S service)
        throws IOException {
    var at = InetEndpoint.any(base == 0 ? 0 : base + port);
    var streams = Server.stream(at, StreamHandler.of(service));
    var datagrams = Server.datagram(streams.local(), DatagramHandler.of(service));
    IO.println(name + " at " + datagrams.local());
    return streams;
}
