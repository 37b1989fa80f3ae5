// SPDX-License-Identifier: Apache-2.0
//
// A client that is connected again whenever its connection is lost. The server here hangs up on the
// first two, and the waits grow: a tenth of a second, then half as much again.
//
//     ./sockeye run examples/ComesAgain.java
//
// test: ComesAgain -> answer: HELLO

import module sockeye.reactor;

import module java.base;

CompletableFuture<String> welcome = new CompletableFuture<>();

void main() throws Exception {
    try (var reactor = Reactor.open()) {
        var visits = new AtomicInteger();
        var listening =
                reactor.listen(
                        InetEndpoint.of("127.0.0.1", 0),
                        () -> {
                            if (visits.incrementAndGet() < 3) {
                                return new HangUp();
                            }
                            return new Shouting();
                        });
        var backoff =
                Backoff.DEFAULT
                        .withBounds(Duration.ofMillis(100), Duration.ofSeconds(10))
                        .withJitter(0);
        var settings =
                ClientSettings.<Transport>defaults()
                        .withBackoff(backoff)
                        .withObserver(this::tell)
                        // Who is not welcomed was never connected.
                        .withPrepare(transport -> welcome = new CompletableFuture<>());
        var service =
                ClientService.streams(
                        reactor,
                        listening.local(),
                        Lines.to((line, server) -> {
                            if (line.equals("welcome")) {
                                welcome.complete(line);
                            } else {
                                IO.println("answer: " + line);
                                reactor.stop();
                            }
                        }),
                        settings);
        service.start();
        service.whenConnected().thenAccept(server -> server.write("hello\n"));
        reactor.run();
    }
}

/** Welcomes who comes, and answers in capitals. */
static final class Shouting implements Protocol {
    private final Protocol lines =
            Lines.protocol(
                    1_000, (line, client) -> client.write(line.toUpperCase(Locale.ROOT) + "\n"));

    @Override
    public void opened(Transport client) {
        client.write("welcome\n");
    }

    @Override
    public void received(Transport client, ByteBuffer bytes) throws Exception {
        lines.received(client, bytes);
    }
}

/** Resets whoever comes. */
static final class HangUp implements Protocol {
    @Override
    public void opened(Transport client) {
        client.abort();
    }

    @Override
    public void received(Transport client, ByteBuffer bytes) {}
}

void tell(ClientState<Transport> state) {
    if (state instanceof ClientState.Waiting<Transport>(int failures, var why, var delay)) {
        IO.println("failure %d (%s): waits %d ms".formatted(failures, why, delay.toMillis()));
    }
}
