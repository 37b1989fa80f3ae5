// SPDX-License-Identifier: Apache-2.0
//
// A handler of the server in a network that breaks connections: the same handler, unchanged, with a
// hundred seeds. The seed that fails is named, and fails again: -Dsockeye.simulator.seed=NUMBER.
//
//     ./sockeye run examples/ReplayedHandler.java
//
// test: ReplayedHandler -> 100 seeds; of seed 7 \d+ events, twice the same

import module sockeye.reactor;
import module sockeye.server;

import module java.base;

final InetEndpoint place = InetEndpoint.of("192.0.2.1", 7);

final StreamHandler shouting =
        client -> {
            for (String line; (line = client.reader().readLine()) != null; ) {
                client.write(line.toUpperCase(Locale.ROOT) + "\n");
            }
        };

void scenario(Simulator simulator) throws IOException {
    simulator.serve(place, shouting::handle);
    var client = simulator.reactor().callBlocking(() -> ask(simulator));
    simulator.settle();
    client.join();
}

/** Blocks, as any client does; but time is the simulator's. */
int ask(Simulator simulator) {
    int answered = 0;
    try (var server = simulator.connect(place)) {
        server.readDeadline(Deadline.after(Duration.ofSeconds(10)));
        for (int i = 1; i <= 20; i++) {
            server.write("line " + i + "\n");
            String answer = server.reader().readLine();
            if (!("LINE " + i).equals(answer)) {
                throw new AssertionError("after line " + i + " came " + answer);
            }
            answered++;
        }
    } catch (IOException broken) {
        simulator.note(broken.getMessage());
    }
    return answered;
}

void main() {
    var settings = SimulatorSettings.DEFAULT.withResets(0.01);
    Seeds.each(100, settings, this::scenario);
    int events = Seeds.replay(7, settings, this::scenario).size();
    IO.println("100 seeds; of seed 7 %d events, twice the same".formatted(events));
}
