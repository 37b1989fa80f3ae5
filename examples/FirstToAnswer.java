// SPDX-License-Identifier: Apache-2.0
//
// Connects to a service that runs in several places: a resolver of one's own says where, and the
// first place that answers is taken. One of the places here never answers, one refuses.
//
//     ./sockeye run examples/FirstToAnswer.java
//
// test: FirstToAnswer -> connected to 127.0.0.3:\d+

import module sockeye;

import module java.base;

void main() throws Exception {
    try (var answering = Listener.stream(InetEndpoint.of("127.0.0.3", 0));
            var busy =
                    Listener.stream(
                            InetEndpoint.of("127.0.0.2", 0),
                            ListenSettings.DEFAULT.withBacklog(0));
            var first = StreamSocket.connect(busy.local())) { // and the queue is full
        var nobody = InetEndpoint.of("127.0.0.1", 1);
        NameResolver registry =
                (host, port, family, deadline) -> {
                    var places = List.of(nobody, busy.local(), answering.local());
                    return places.stream().map(InetEndpoint.class::cast).toList();
                };
        var how =
                ConnectSettings.DEFAULT
                        .withResolver(registry.caching(Duration.ofSeconds(30), 100))
                        .withAttemptDelay(Duration.ofMillis(50));
        var service = EndpointSpec.parse("tcp:clock.service:1");
        try (var stream =
                StreamSocket.connect(service, how, Deadline.after(Duration.ofMinutes(1)))) {
            IO.println("connected to " + stream.peer());
        }
    }
}
