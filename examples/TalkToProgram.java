// SPDX-License-Identifier: Apache-2.0
//
// Standard input and output are a connection, and so are those of a program that is run: what comes
// in goes through the program, and what it makes of it goes out.
//
//     ls | ./sockeye run examples/TalkToProgram.java PROGRAM [ARGUMENT...]
//
// test: TalkToProgram sort -r < b -> ^b$
// test: TalkToProgram sed s/^/sed:/ < hello -> ^sed:hello$

import module sockeye.reactor;

import module java.base;

void main(String... args) throws Exception {
    var command = ChildCommand.of(args[0], Arrays.copyOfRange(args, 1, args.length));
    Protocol nothing = (transport, bytes) -> {};
    try (var reactor = Reactor.open()) {
        var own = reactor.standardIo(nothing);
        own.pause(); // until the program is there
        var end =
                reactor.spawn(command, nothing)
                        .thenCompose(program -> {
                            Relay.join(own, program.dialogue().orElseThrow());
                            return program.end();
                        });
        reactor.reported(end.whenComplete((exit, failed) -> reactor.stop()));
        reactor.run();
        System.exit(end.join().shellStatus());
    }
}
