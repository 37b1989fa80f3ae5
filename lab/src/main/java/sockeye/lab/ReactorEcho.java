// SPDX-License-Identifier: Apache-2.0
package sockeye.lab;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.SoOption;
import sockeye.UnixEndpoint;
import sockeye.reactor.DriverKind;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.reactor.Protocol;
import sockeye.reactor.Reactor;
import sockeye.reactor.ReactorSettings;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Locale;

/**
 * The echo server of the reactor, for {@code lab/bench}: one loop, on a driver that must be.
 *
 * <pre>ReactorEcho io_uring|epoll tcp:PORT|unix:PATH|udp:PORT|unix-dgram:PATH [SPIN-MICROSECONDS]
 * </pre>
 */
public final class ReactorEcho {
    private static final int RECEIVE_BUFFER = 4 << 20;
    private static final Protocol STREAM = (transport, bytes) -> transport.write(bytes);
    private static final MessageProtocol MESSAGES = new Messages();

    private ReactorEcho() {}

    private static final class Messages implements MessageProtocol {
        @Override
        public void received(MessageTransport transport, ByteBuffer message) {
            transport.reply(message);
        }
    }

    public static void main(String[] args) throws Exception {
        var kind = DriverKind.valueOf(args[0].toUpperCase(Locale.ROOT));
        var spin = Duration.ofNanos(args.length > 2 ? Long.parseLong(args[2]) * 1_000 : 0);
        var settings = ReactorSettings.DEFAULT.withDriver(kind).withSpin(spin);
        int colon = args[1].indexOf(':');
        String rest = args[1].substring(colon + 1);
        Endpoint local =
                args[1].startsWith("unix")
                        ? UnixEndpoint.of(rest)
                        : InetEndpoint.of("127.0.0.1", Integer.parseInt(rest));
        try (Reactor reactor = Reactor.open(settings)) {
            switch (args[1].substring(0, colon)) {
                case "tcp", "unix" -> reactor.listen(local, () -> STREAM);
                case "udp", "unix-dgram" ->
                        reactor.bind(local, MESSAGES, SoOption.RCV_BUF.to(RECEIVE_BUFFER));
                default -> throw new IllegalArgumentException(args[1]);
            }
            reactor.run();
        }
    }
}
