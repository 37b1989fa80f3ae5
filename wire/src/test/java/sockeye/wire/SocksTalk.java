// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import sockeye.InetEndpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.IntSupplier;

/** Runs a machine of SOCKS over bytes that come in pieces, and writes down what comes of it. */
final class SocksTalk {
    /** From where a server says that it has connected. */
    static final SocksAddress BOUND = SocksAddress.of(InetEndpoint.of("192.0.2.9", 1234));

    /** What follows the dialogue. */
    static final String REST = "\5\1\0 behind";

    /** Whole dialogues of clients, of which the last byte makes a request, and REST behind. */
    static final List<byte[]> CLIENTS =
            List.of(
                    bytes(5, 1, 0, 5, 1, 0, 3, 11, "example.org", 0, 80, REST),
                    bytes(5, 2, 0, 2, 5, 1, 0, 1, 192, 0, 2, 33, 1, 187, REST),
                    bytes(5, 1, 0, 5, 1, 0, 4, 0x20, 1, 13, 0xb8, new byte[11], 1, 0, 80, REST),
                    bytes(5, 1, 0, 5, 1, 0, 3, 1, "a", 0, 80, REST),
                    bytes(5, 1, 0, 5, 1, 0, 3, 9, "192.0.2.1", 0, 80, REST),
                    bytes(5, 1, 0, 5, 2, 0, 1, 0, 0, 0, 0, 0, 0, REST),
                    bytes(5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0, REST),
                    bytes(5, 1, 0, 5, 1, 0, 1, 192, 0, 2, 33, 0, 1, REST),
                    bytes(4, 1, 0, 80, 192, 0, 2, 33, 0, REST),
                    bytes(4, 1, 0, 80, 192, 0, 2, 33, "somebody", 0, REST),
                    bytes(4, 1, 0, 80, 0, 0, 0, 1, 0, "example.org", 0, REST),
                    bytes(4, 1, 0, 80, 0, 0, 0, 255, "somebody", 0, "a", 0, REST),
                    bytes(4, 2, 0, 80, 192, 0, 2, 33, 0, REST),
                    bytes(4, 1, 0, 1, 192, 0, 2, 33, 0, REST));

    /** The same of clients that log in. */
    static final List<byte[]> LOGINS =
            List.of(
                    bytes(
                            new Object[] {5, 2, 0, 2, 1, 4, "user", 5, "right"},
                            new Object[] {5, 1, 0, 1, 192, 0, 2, 33, 1, 187, REST}),
                    bytes(5, 1, 2, 1, 0, 0, 5, 1, 0, 1, 192, 0, 2, 33, 1, 187, REST),
                    bytes(5, 1, 2, 1, 4, "user", 5, "wrong"),
                    bytes(5, 1, 0),
                    bytes(4, 1, 0, 80, 192, 0, 2, 33, 0));

    private SocksTalk() {}

    /** Numbers are bytes, texts their characters. */
    static byte[] bytes(Object... parts) {
        var all = new ByteArrayOutputStream();
        for (Object each : parts) {
            switch (each) {
                case Integer number -> all.write(number);
                case byte[] some -> all.writeBytes(some);
                case Object[] more -> all.writeBytes(bytes(more));
                default -> all.writeBytes(each.toString().getBytes(StandardCharsets.ISO_8859_1));
            }
        }
        return all.toByteArray();
    }

    /** In pieces of one size; 0 for as many bytes as are wanted. */
    static IntSupplier pieces(int size) {
        return () -> size;
    }

    /** A client's bytes at a server that knows one password, and does not go to port 1. */
    static String toServer(boolean logins, byte[] all, IntSupplier pieces) {
        return talk(new SocksServerMachine(logins), all, pieces);
    }

    /** A server's bytes at a client. */
    static String toClient(SocksCall call, byte[] all, IntSupplier pieces) {
        return talk(new SocksClientMachine(call), all, pieces);
    }

    private static String talk(SocksMachine machine, byte[] all, IntSupplier pieces) {
        var told = new ArrayList<String>();
        ByteBuffer input = ByteBuffer.wrap(all).limit(0);
        while (true) {
            switch (machine.next(input)) {
                case MORE -> {
                    if (input.hasRemaining() || machine.wanted() < 1) {
                        throw new AssertionError("it wants more and has not taken what there is");
                    }
                    if (input.limit() == all.length) {
                        told.add("MORE");
                        return told.toString();
                    }
                    int piece = pieces.getAsInt();
                    int size = piece == 0 ? machine.wanted() : piece;
                    input.limit(Math.min(all.length, input.limit() + size));
                }
                case SEND -> told.add(hex(machine.output()));
                case LOGIN -> {
                    var server = (SocksServerMachine) machine;
                    SocksLogin login = server.login();
                    told.add(login.user() + "/" + login.password());
                    if (login.password().equals("wrong")) {
                        server.reject();
                    } else {
                        server.accept();
                    }
                }
                case REQUEST -> {
                    var server = (SocksServerMachine) machine;
                    told.add(server.request().toString());
                    boolean allowed = server.request().destination().port() != 1;
                    server.answer(
                            allowed ? SocksReply.GRANTED : SocksReply.NOT_ALLOWED,
                            allowed ? BOUND : null);
                }
                case DONE -> {
                    input.limit(all.length);
                    told.add("DONE before " + hex(input));
                    return told.toString();
                }
                case REFUSED -> {
                    told.add("REFUSED: " + machine.refusal());
                    return told.toString();
                }
            }
        }
    }

    static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return HexFormat.of().formatHex(copy);
    }
}
