// SPDX-License-Identifier: Apache-2.0
//
// Sends many requests without waiting for each answer: one thread writes, this one reads. All has
// to be done by one deadline, which reaches calls that wait already.
//
//     ./sockeye run examples/PipelinedClient.java [COUNT] [SPEC]
//
// test: TimestampServer 0 & -> serving on .*:(\d+)
// test: PipelinedClient 10000 tcp:localhost:$1 -> ^10000 answers, the last: .* question 10000

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    int count = args.length > 0 ? Integer.parseInt(args[0]) : 1_000;
    var where = EndpointSpec.parse(args.length > 1 ? args[1] : "tcp:localhost:21567");
    var deadline = Deadline.after(Duration.ofSeconds(10));
    try (var server = StreamSocket.connect(where, deadline)) {
        server.readDeadline(deadline);
        server.writeDeadline(deadline);
        Thread.ofVirtual().start(() -> ask(server, count));
        int answers = 0;
        String last = "";
        for (String line; (line = server.reader().readLine()) != null; answers++) last = line;
        IO.println("%d answers, the last: %s".formatted(answers, last));
    }
}

void ask(StreamSocket server, int count) {
    try {
        for (int i = 1; i <= count; i++) server.write("question " + i + "\n");
        server.shutdownOutput();
    } catch (IOException failed) {
        IO.println(failed.getMessage());
    }
}
