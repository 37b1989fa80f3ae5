// SPDX-License-Identifier: Apache-2.0
package bench.junixsocket;

import org.newsclub.net.unix.AFUNIXDatagramChannel;
import org.newsclub.net.unix.AFUNIXDatagramSocket;
import org.newsclub.net.unix.AFUNIXServerSocket;
import org.newsclub.net.unix.AFUNIXSocketAddress;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * AF_UNIX with junixsocket.
 *
 * <p>{@code JunixsocketEcho virtual | platform | dgram | dgram-channel PATH}: a stream server with
 * a virtual or a platform thread per connection, a datagram socket, or a datagram channel.
 */
public final class JunixsocketEcho {

    private static final int BACKLOG = 4096;
    private static final int STREAM_BUFFER = 16384;
    private static final int DATAGRAM = 65536;

    private JunixsocketEcho() {}

    public static void main(String[] args) throws IOException {
        File file = new File(args[1]);
        file.delete();
        AFUNIXSocketAddress address = AFUNIXSocketAddress.of(file);
        switch (args[0]) {
            case "virtual" -> serveStreams(address, Thread.ofVirtual());
            case "platform" -> serveStreams(address, Thread.ofPlatform().daemon());
            case "dgram" -> serveDatagramSocket(address);
            case "dgram-channel" -> serveDatagramChannel(address);
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static void serveStreams(AFUNIXSocketAddress address, Thread.Builder threads)
            throws IOException {
        AFUNIXServerSocket server = AFUNIXServerSocket.newInstance();
        server.bind(address, BACKLOG);
        while (true) {
            Socket socket = server.accept();
            threads.start(() -> echo(socket));
        }
    }

    private static void echo(Socket socket) {
        byte[] buffer = new byte[STREAM_BUFFER];
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

    private static void serveDatagramSocket(AFUNIXSocketAddress address) throws IOException {
        AFUNIXDatagramSocket socket = AFUNIXDatagramSocket.newInstance();
        socket.bind(address);
        DatagramPacket packet = new DatagramPacket(new byte[DATAGRAM], DATAGRAM);
        while (true) {
            packet.setLength(DATAGRAM);
            socket.receive(packet);
            socket.send(packet);
        }
    }

    private static void serveDatagramChannel(AFUNIXSocketAddress address) throws IOException {
        AFUNIXDatagramChannel channel = AFUNIXDatagramChannel.open();
        channel.bind(address);
        ByteBuffer buffer = ByteBuffer.allocateDirect(DATAGRAM);
        while (true) {
            buffer.clear();
            SocketAddress sender = channel.receive(buffer);
            channel.send(buffer.flip(), sender);
        }
    }
}
