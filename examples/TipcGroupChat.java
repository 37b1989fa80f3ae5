// SPDX-License-Identifier: Apache-2.0
//
// A chat without a server: each line goes to all members of a group, on whatever nodes they are,
// and everybody is told who comes and goes.
//
//     ./sockeye run examples/TipcGroupChat.java [GROUP [INSTANCE]]
//
// needs: AF_TIPC
// test: TipcGroupChat 4711 1 & -> in group 4711
// test: TipcGroupChat 4711 2 < hello -> 4711/1#\S+ is here

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    long group = args.length > 0 ? Long.parseLong(args[0]) : 4711;
    long instance = args.length > 1 ? Long.parseLong(args[1]) : ProcessHandle.current().pid();
    try (var chat = TipcGroup.join(group, instance)) {
        IO.println("in group " + group);
        Thread.ofVirtual().start(() -> show(chat));
        for (String line; (line = IO.readln()) != null; ) {
            try {
                chat.broadcast(line.getBytes(StandardCharsets.UTF_8));
            } catch (NoRouteToHostException alone) {
                IO.println("nobody is here");
            }
        }
        Thread.sleep(Duration.ofDays(1)); // input has ended: listen on
    }
}

void show(TipcGroup chat) {
    var buffer = ByteBuffer.allocate(TipcEndpoint.MAX_MESSAGE);
    try {
        while (true) {
            switch (chat.receive(buffer.clear())) {
                case TipcGroup.Received(var from, var payload, var _) ->
                        IO.println(from + ": " + StandardCharsets.UTF_8.decode(payload));
                case TipcGroup.Joined(var member) -> IO.println(member + " is here");
                case TipcGroup.Left(var member) -> IO.println(member + " is gone");
            }
        }
    } catch (IOException over) {
        IO.println(over.getMessage());
    }
}
