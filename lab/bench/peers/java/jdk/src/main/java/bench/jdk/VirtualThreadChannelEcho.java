// SPDX-License-Identifier: Apache-2.0
package bench.jdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * Blocking {@link SocketChannel} and a direct buffer, a virtual thread per connection.
 *
 * <p>{@code VirtualThreadChannelEcho tcp:PORT | unix:PATH}
 */
public final class VirtualThreadChannelEcho {

    private static final int BUFFER = 16384;

    private VirtualThreadChannelEcho() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Endpoint endpoint = Endpoint.parse(args[0]);
        ServerSocketChannel server = endpoint.listen();
        Thread.startVirtualThread(() -> accept(endpoint, server)).join();
    }

    private static void accept(Endpoint endpoint, ServerSocketChannel server) {
        while (true) {
            try {
                SocketChannel channel = server.accept();
                endpoint.prepare(channel);
                Thread.startVirtualThread(() -> echo(channel));
            } catch (IOException e) {
                // that connection is gone; go on with the next
            }
        }
    }

    private static void echo(SocketChannel channel) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
        try (channel) {
            while (channel.read(buffer) > 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                buffer.clear();
            }
        } catch (IOException e) {
            // closed by the client
        }
    }
}
