// SPDX-License-Identifier: Apache-2.0
package bench.jdk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/**
 * UDP with the JDK alone, one thread.
 *
 * <p>{@code UdpEcho PORT channel | virtual | socket}: a blocking {@link DatagramChannel} on a
 * platform or on a virtual thread, or a {@link DatagramSocket}.
 */
public final class UdpEcho {

    private static final int RECEIVE_BUFFER = 4 << 20;
    private static final int DATAGRAM = 65536;

    private UdpEcho() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        InetSocketAddress address = new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0]));
        switch (args[1]) {
            case "channel" -> echo(open(address));
            case "virtual" -> {
                DatagramChannel channel = open(address);
                Thread.startVirtualThread(() -> echo(channel)).join();
            }
            case "socket" -> echo(new DatagramSocket(address));
            default -> throw new IllegalArgumentException(args[1]);
        }
    }

    private static DatagramChannel open(SocketAddress address) throws IOException {
        DatagramChannel channel = DatagramChannel.open();
        channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
        return channel.bind(address);
    }

    private static void echo(DatagramChannel channel) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(DATAGRAM);
        try {
            while (true) {
                buffer.clear();
                SocketAddress sender = channel.receive(buffer);
                channel.send(buffer.flip(), sender);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void echo(DatagramSocket socket) throws IOException {
        socket.setReceiveBufferSize(RECEIVE_BUFFER);
        DatagramPacket packet = new DatagramPacket(new byte[DATAGRAM], DATAGRAM);
        while (true) {
            packet.setLength(DATAGRAM);
            socket.receive(packet);
            socket.send(packet);
        }
    }
}
