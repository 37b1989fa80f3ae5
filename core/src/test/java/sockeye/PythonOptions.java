// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Python at the other end of a socket: gets descriptors, and says what getsockopt(2) tells it. */
final class PythonOptions implements AutoCloseable {
    /** What Python's getsockopt takes at most. */
    static final int MAX = 1_024;

    private static final String SCRIPT =
            """
            import socket
            ask = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            ask.connect('\\0' + input())
            while True:
                question, fds, flags, address = socket.recv_fds(ask, 100, 1)
                if not question:
                    break
                level, number, length = map(int, question.split())
                subject = socket.socket(fileno=fds[0])
                try:
                    answer = subject.getsockopt(level, number, length).hex()
                except OSError as e:
                    answer = 'errno %d' % e.errno
                subject.close()
                ask.send(('=' + answer).encode())
            print('done')
            """;

    private final CompletableFuture<List<String>> script;
    private final LinuxSocket ask;

    PythonOptions() throws IOException {
        String name = "sockeye-options-" + System.nanoTime();
        try (LinuxSocket listener =
                LinuxSocket.socket(AddressFamily.AF_UNIX, SocketType.SOCK_SEQPACKET)) {
            listener.bind(UnixEndpoint.ofAbstract(name));
            listener.listen();
            script =
                    CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    return Python.run(SCRIPT, List.of(name));
                                } catch (Exception e) {
                                    throw new IllegalStateException(e);
                                }
                            },
                            task -> Thread.ofPlatform().start(task));
            listener.setTimeout(Duration.ofSeconds(30));
            ask = listener.accept().socket();
        }
        ask.setTimeout(Duration.ofSeconds(30));
    }

    /** The bytes in hexadecimal, or {@code errno N}. */
    String getsockopt(LinuxSocket subject, int level, int number, int length) throws IOException {
        String question = level + " " + number + " " + length;
        ask.sendMsg(
                new ByteBuffer[] {ByteBuffer.wrap(question.getBytes(UTF_8))},
                List.of(Ancillary.Rights.of(subject)),
                0);
        return new String(ask.recv(4_096), UTF_8).substring(1);
    }

    @Override
    public void close() throws IOException {
        ask.close();
        script.join();
    }
}
