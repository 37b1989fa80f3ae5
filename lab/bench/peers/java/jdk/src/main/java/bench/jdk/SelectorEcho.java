// SPDX-License-Identifier: Apache-2.0
package bench.jdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * One thread, one {@link Selector}, one shared direct buffer.
 *
 * <p>{@code SelectorEcho tcp:PORT | unix:PATH}
 */
public final class SelectorEcho {

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(65536);
    private final Endpoint endpoint;
    private final Selector selector;
    private final ServerSocketChannel server;

    private SelectorEcho(Endpoint endpoint) throws IOException {
        this.endpoint = endpoint;
        selector = Selector.open();
        server = endpoint.listen();
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
    }

    public static void main(String[] args) throws IOException {
        new SelectorEcho(Endpoint.parse(args[0])).serve();
    }

    private void serve() throws IOException {
        while (true) {
            selector.select(this::onReady);
        }
    }

    private void onReady(SelectionKey key) {
        try {
            if (key.channel() == server) {
                acceptAll();
            } else if (key.attachment() != null) {
                writeRest(key);
            } else {
                echo(key);
            }
        } catch (IOException e) {
            closeQuietly(key);
        }
    }

    private void acceptAll() throws IOException {
        SocketChannel channel;
        while ((channel = server.accept()) != null) {
            channel.configureBlocking(false);
            endpoint.prepare(channel);
            channel.register(selector, SelectionKey.OP_READ);
        }
    }

    private void echo(SelectionKey key) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        buffer.clear();
        if (channel.read(buffer) < 0) {
            channel.close();
            return;
        }
        channel.write(buffer.flip());
        if (buffer.hasRemaining()) {
            ByteBuffer rest = ByteBuffer.allocate(buffer.remaining());
            key.attach(rest.put(buffer).flip());
            key.interestOps(SelectionKey.OP_WRITE);
        }
    }

    private static void writeRest(SelectionKey key) throws IOException {
        ByteBuffer rest = (ByteBuffer) key.attachment();
        ((SocketChannel) key.channel()).write(rest);
        if (!rest.hasRemaining()) {
            key.attach(null);
            key.interestOps(SelectionKey.OP_READ);
        }
    }

    private static void closeQuietly(SelectionKey key) {
        try {
            key.channel().close();
        } catch (IOException e) {
            // the connection is gone either way
        }
    }
}
