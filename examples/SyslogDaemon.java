// SPDX-License-Identifier: Apache-2.0
//
// Receives what programs log on a Unix datagram socket, and prints it with the process that sent
// it. Only its owner may write there.
//
//     ./sockeye run examples/SyslogDaemon.java PATH
//
// test: SyslogDaemon $DIR/log -> listening on /.*/log

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    var mine = ListenSettings.DEFAULT.withMode(0600);
    try (var log =
            MessageSocket.bind(UnixEndpoint.of(args[0]), mine, SoOption.PASS_CRED.to(true))) {
        IO.println("listening on " + log.local());
        while (true) {
            var message = log.receive(ByteBuffer.allocate(65_536), Ancillary.space(12));
            var sender = message.find(Ancillary.Credentials.class).orElseThrow();
            var text = StandardCharsets.UTF_8.decode(message.payload());
            IO.println("process %d: %s".formatted(sender.pid(), text));
        }
    }
}
