// SPDX-License-Identifier: Apache-2.0
package sockeye.lab;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.ListenSettings;
import sockeye.Listener;
import sockeye.MessageBatch;
import sockeye.MessageSocket;
import sockeye.SoOption;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;

import java.io.IOException;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The echo server of the blocking tier, for {@code lab/bench}: a virtual thread per connection, or
 * one thread and batches of datagrams.
 *
 * <pre>
 * BlockingEcho tcp:PORT | unix:PATH [own | borrowed]
 * BlockingEcho udp:PORT | unix-dgram:PATH [virtual | platform]
 * </pre>
 *
 * <p>{@code own}: each connection has a buffer of 16 KiB and does a plain read and write, as the
 * peers do. {@code borrowed}: it takes one only while there is data.
 */
public final class BlockingEcho {
    private static final int BUFFER = 16 << 10;
    private static final int BATCH = 64;
    private static final int DATAGRAM = 2 << 10;
    private static final int RECEIVE_BUFFER = 4 << 20;

    private static final ConcurrentLinkedQueue<byte[]> BUFFERS = new ConcurrentLinkedQueue<>();

    private BlockingEcho() {}

    public static void main(String[] args) throws Exception {
        int colon = args[0].indexOf(':');
        String kind = args[0].substring(0, colon);
        String rest = args[0].substring(colon + 1);
        Endpoint local =
                kind.startsWith("unix")
                        ? UnixEndpoint.of(rest)
                        : InetEndpoint.of("127.0.0.1", Integer.parseInt(rest));
        String how = args.length > 1 ? args[1] : "";
        Runnable serve =
                switch (kind) {
                    case "tcp", "unix" -> () -> serve(local, how.equals("borrowed"));
                    case "udp", "unix-dgram" -> () -> echoMessages(local);
                    default -> throw new IllegalArgumentException(args[0]);
                };
        if (how.equals("platform")) {
            serve.run();
        } else {
            Thread.startVirtualThread(serve).join();
        }
    }

    private static void serve(Endpoint local, boolean borrowed) {
        try (var listener = Listener.stream(local, ListenSettings.DEFAULT)) {
            while (true) {
                StreamSocket socket = listener.accept();
                Thread.startVirtualThread(() -> echo(socket, borrowed));
            }
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static void echo(StreamSocket socket, boolean borrowed) {
        try (socket) {
            if (borrowed) {
                echoBorrowed(socket);
            } else {
                echoOwn(socket);
            }
        } catch (IOException closed) {
            // By the client.
        }
    }

    private static void echoOwn(StreamSocket socket) throws IOException {
        var buffer = new byte[BUFFER];
        int count;
        while ((count = socket.read(buffer)) > 0) {
            socket.write(buffer, 0, count);
        }
    }

    private static void echoBorrowed(StreamSocket stream) throws IOException {
        LinuxSocket socket = stream.socket();
        while (true) {
            stream.awaitInput();
            byte[] buffer = BUFFERS.poll();
            if (buffer == null) {
                buffer = new byte[BUFFER];
            }
            int count = socket.recvNow(buffer, 0, buffer.length);
            if (count > 0) {
                stream.write(buffer, 0, count);
            }
            BUFFERS.offer(buffer);
            if (count == 0) {
                return;
            }
        }
    }

    private static void echoMessages(Endpoint local) {
        try (var socket = MessageSocket.bind(local, SoOption.RCV_BUF.to(RECEIVE_BUFFER))) {
            var batch = new MessageBatch(BATCH, DATAGRAM);
            while (true) {
                socket.receive(batch);
                batch.reply();
                try {
                    socket.send(batch);
                } catch (IOException gone) {
                    // A client that has left; what it would have got is lost.
                }
            }
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }
}
