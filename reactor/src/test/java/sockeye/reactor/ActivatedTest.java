// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import sockeye.EndpointSpec;
import sockeye.EndpointSyntaxException;
import sockeye.MessageSocket;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Program;
import sockeye.wire.EchoService;
import sockeye.wire.Framer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Sockets that the service manager has opened, served by a reactor. */
@ExtendWith(NoLeaks.class)
@Tag("D3-05")
@Timeout(120)
class ActivatedTest {
    /** A program that serves what was passed to it by a name, of the kind that is said. */
    static final class Served {
        private Served() {}

        public static void main(String[] arguments) throws IOException {
            EndpointSpec where = EndpointSpec.parse(arguments[1]);
            MessageProtocol answers = (transport, message) -> transport.reply(message);
            try (Reactor reactor = Reactor.open()) {
                switch (arguments[0]) {
                    case "stream" -> reactor.listen(where, Protocol.serving(new EchoService()));
                    case "seqpacket" -> reactor.listenRecords(where, () -> answers);
                    default -> reactor.bind(where, answers);
                }
                System.out.println("serving");
                reactor.run();
            }
        }
    }

    @TempDir private Path directory;

    private static String place(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    }

    private Program activate(String kind, String where) throws Exception {
        var command =
                new ArrayList<String>(
                        List.of(
                                "systemd-socket-activate",
                                "-l",
                                directory.resolve("s").toString(),
                                "--fdname=web"));
        if (!kind.equals("stream")) {
            command.add("--" + kind);
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp"));
        command.add(
                String.join(
                        ":",
                        place(Reactor.class),
                        place(EndpointSpec.class),
                        place(Framer.class),
                        place(ActivatedTest.class)));
        command.addAll(List.of(Served.class.getName(), kind, where));
        return Program.start(command);
    }

    @ParameterizedTest
    @CsvSource({
        "stream, systemd:web",
        "stream, fd:3",
        "seqpacket, systemd:web",
        "datagram, systemd:web",
    })
    void itIsServedByItsNameOrItsNumber(String kind, String where) throws Exception {
        UnixEndpoint at = UnixEndpoint.of(directory.resolve("s"));
        try (var program = activate(kind, where)) {
            program.line("Listening on");
            if (kind.equals("stream")) {
                try (var client = StreamSocket.connect(at)) {
                    client.write("hello\n");
                    assertEquals("hello", client.reader().readLine());
                }
            } else {
                try (var client =
                        kind.equals("seqpacket")
                                ? MessageSocket.connectSeqpacket(at)
                                : MessageSocket.connect(at)) {
                    client.send("hello");
                    ByteBuffer answer = client.receive(ByteBuffer.allocate(9)).payload();
                    assertEquals("hello", UTF_8.decode(answer).toString());
                }
            }
            program.line("serving");
        }
    }

    @Test
    void aNameThatWasNotPassedIsRefused() throws Exception {
        try (Reactor reactor = Reactor.open()) {
            EndpointSpec nothing = EndpointSpec.parse("systemd:nothing-of-this-name");
            assertThrows(
                    EndpointSyntaxException.class,
                    () -> reactor.listen(nothing, Protocol.serving(new EchoService())));
        }
    }
}
