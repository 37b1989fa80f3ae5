// SPDX-License-Identifier: Apache-2.0
//
// A service that is started anew without a client noticing: run it twice with the same arguments,
// and the second takes over the first one's listener; the first finishes what it has begun and
// ends. "demo" does both in one process.
//
//     ./sockeye run examples/TakeTurns.java /tmp/turns 7007
//     ./sockeye run examples/TakeTurns.java demo
//
// test: TakeTurns demo -> ^the second answers: hello 2$
// test: TakeTurns demo -> ^the first is done$

import module sockeye.server;

import module java.base;

void main(String... args) throws Exception {
    if (args[0].equals("demo")) {
        demo();
    } else {
        turn(UnixEndpoint.of(args[0]), InetEndpoint.any(Integer.parseInt(args[1])), 1, _ -> {});
    }
}

/** One turn: serves until somebody takes over. */
void turn(UnixEndpoint place, Endpoint at, int number, Consumer<Endpoint> serving)
        throws Exception {
    var before = Predecessor.find(place, Deadline.after(Duration.ofSeconds(10))).orElse(null);
    try (before) {
        var listener =
                before == null
                        ? Listener.stream(at)
                        : Listener.ofStream(before.take("hello").getFirst().socket());
        var server =
                Server.stream(
                        listener,
                        ServerSettings.DEFAULT,
                        client -> client.write("hello " + number + "\n"));
        try (var next = before == null ? Handover.at(place) : Handover.after(before)) {
            next.offer("hello", server.source());
            if (before != null) before.ready(Deadline.after(Duration.ofSeconds(10)));
            serving.accept(server.local());
            try (var successor = next.await()) {
                server.retire(Duration.ofMinutes(1), Duration.ofSeconds(5));
                successor.report("all done");
            }
        } finally {
            server.close();
        }
    }
}

void demo() throws Exception {
    var place = UnixEndpoint.ofAbstract("turns-" + ProcessHandle.current().pid());
    var at = new ArrayBlockingQueue<Endpoint>(2);
    var first = Thread.ofVirtual().start(() -> run(place, 1, at));
    ask("first", at.take());
    Thread.ofVirtual().start(() -> run(place, 2, at));
    ask("second", at.take());
    first.join();
    IO.println("the first is done");
}

void run(UnixEndpoint place, int number, Queue<Endpoint> at) {
    try {
        turn(place, InetEndpoint.loopback(0), number, at::add);
    } catch (Exception failed) {
        failed.printStackTrace();
    }
}

void ask(String who, Endpoint at) throws IOException {
    String answer;
    do {
        try (var client = StreamSocket.connect(at)) {
            answer = client.reader().readLine();
        } // for a moment both answer
    } while (who.equals("second") && answer.endsWith("1"));
    IO.println("the " + who + " answers: " + answer);
}
