// SPDX-License-Identifier: Apache-2.0
package bench.jdk;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * {@link ServerSocket}, a virtual thread per connection.
 *
 * <p>{@code VirtualThreadSocketEcho PORT}
 */
public final class VirtualThreadSocketEcho {

    private static final int BACKLOG = 4096;
    private static final int BUFFER = 16384;

    private VirtualThreadSocketEcho() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        ServerSocket server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])), BACKLOG);
        Thread.startVirtualThread(() -> accept(server)).join();
    }

    private static void accept(ServerSocket server) {
        while (true) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                Thread.startVirtualThread(() -> echo(socket));
            } catch (IOException e) {
                // that connection is gone; go on with the next
            }
        }
    }

    private static void echo(Socket socket) {
        byte[] buffer = new byte[BUFFER];
        try (socket) {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            int n;
            while ((n = in.read(buffer)) > 0) {
                out.write(buffer, 0, n);
            }
        } catch (IOException e) {
            // closed by the client
        }
    }
}
