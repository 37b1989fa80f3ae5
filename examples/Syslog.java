// SPDX-License-Identifier: Apache-2.0
//
// Says something to the system's log, as logger(1) does.
//
//     ./sockeye run examples/Syslog.java [--socket PATH] TEXT...
//
// test: SyslogDaemon $DIR/log & -> listening
// test: Syslog --socket $DIR/log hello -> ^logged 18 bytes

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    boolean elsewhere = args.length > 1 && args[0].equals("--socket");
    var words = List.of(args).subList(elsewhere ? 2 : 0, args.length);
    try (var log = MessageSocket.connect(UnixEndpoint.of(elsewhere ? args[1] : "/dev/log"))) {
        var line = "<14>sockeye: " + String.join(" ", words);
        log.send(line);
        IO.println("logged %d bytes".formatted(line.length()));
    }
}
