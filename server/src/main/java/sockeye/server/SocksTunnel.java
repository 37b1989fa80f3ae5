// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.ByteStream;
import sockeye.wire.SocksAddress;
import sockeye.wire.SocksCall;
import sockeye.wire.SocksClientMachine;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Connects through a SOCKS server, versions 4, 4A and 5, over any stream:
 *
 * <pre>{@code
 * var stream = StreamSocket.connect(EndpointSpec.parse("tcp:localhost:1080"));
 * SocksTunnel.open(stream, SocksCall.to("example.org", 80));
 * stream.write("HEAD / HTTP/1.0\r\n\r\n");
 * }</pre>
 *
 * <p>Of the server's answers not a byte more is read than they have. So the stream itself leads to
 * the destination afterwards, and {@link TlsStream#client} can go on top; {@link ByteStream#peer}
 * still is the server.
 */
public final class SocksTunnel {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private SocksTunnel() {}

    /**
     * Asks for the connection, and waits for it, as long as the deadlines of the stream let it.
     *
     * @param server connected to the SOCKS server, with nothing said; whoever called this closes it
     *     if this fails
     * @return from where the server has connected, as it says; many say {@code 0.0.0.0:0}
     * @throws sockeye.wire.SocksException if the server refuses, with its reason
     * @throws EOFException if it ends before it has answered
     * @throws java.net.SocketTimeoutException if the read or write deadline passes
     */
    public static SocksAddress open(ByteStream server, SocksCall call) throws IOException {
        var machine = new SocksClientMachine(call);
        ByteBuffer input = NOTHING;
        while (true) {
            switch (machine.next(input)) {
                case SEND -> server.write(machine.output());
                case MORE -> input = read(server, machine);
                case DONE -> {
                    return machine.bound();
                }
                case REFUSED -> throw machine.failure();
                case LOGIN, REQUEST -> throw new AssertionError("a server's");
            }
        }
    }

    private static ByteBuffer read(ByteStream server, SocksClientMachine machine)
            throws IOException {
        server.flush();
        byte[] piece = new byte[machine.wanted()];
        int count = server.read(piece, 0, piece.length);
        if (count < 0) {
            throw new EOFException(
                    "the SOCKS server ended before it had connected to "
                            + machine.call().destination());
        }
        if (count == 0) {
            throw new IOException("the stream below does not wait");
        }
        return ByteBuffer.wrap(piece, 0, count);
    }
}
