// SPDX-License-Identifier: Apache-2.0
package bench.jdk;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a stream server listens: {@code tcp:PORT} on loopback, or {@code unix:PATH}. */
record Endpoint(StandardProtocolFamily family, SocketAddress address) {

    private static final int BACKLOG = 4096;

    static Endpoint parse(String text) {
        String rest = text.substring(text.indexOf(':') + 1);
        if (text.startsWith("unix:")) {
            return new Endpoint(StandardProtocolFamily.UNIX, UnixDomainSocketAddress.of(rest));
        }
        return new Endpoint(
                StandardProtocolFamily.INET,
                new InetSocketAddress("127.0.0.1", Integer.parseInt(rest)));
    }

    ServerSocketChannel listen() throws IOException {
        if (address instanceof UnixDomainSocketAddress unix) {
            Files.deleteIfExists(Path.of(unix.getPath().toString()));
        }
        ServerSocketChannel server = ServerSocketChannel.open(family);
        server.bind(address, BACKLOG);
        return server;
    }

    /** Sets what accepted connections need. */
    void prepare(SocketChannel channel) throws IOException {
        if (family != StandardProtocolFamily.UNIX) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
    }
}
