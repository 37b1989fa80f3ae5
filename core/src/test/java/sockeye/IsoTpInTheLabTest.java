// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** Messages that are longer than a frame of CAN, against Python, in a kernel that has ISO-TP. */
@Tag("isotp-kernel")
@Tag("A6-10")
class IsoTpInTheLabTest {
    private static final int HERE = 0x123;
    private static final int THERE = 0x321;

    private int index;

    @BeforeEach
    void haveIsoTp() {
        try {
            isoTp().close();
            index = CanEndpoint.of("vcan0").interfaceIndex();
        } catch (IOException lacking) {
            System.err.println("*** skipped: ISO-TP: " + lacking.getMessage());
            Assumptions.abort(lacking.getMessage());
        }
    }

    private static LinuxSocket isoTp(OptionSetting<?>... settings) throws IOException {
        var socket =
                LinuxSocket.socket(
                        AddressFamily.AF_CAN, SocketType.SOCK_DGRAM, CanEndpoint.CAN_ISOTP);
        socket.setTimeout(Duration.ofSeconds(60));
        socket.apply(settings);
        return socket;
    }

    /** All frames on the bus. */
    private LinuxSocket bus() throws IOException {
        var socket =
                LinuxSocket.socket(AddressFamily.AF_CAN, SocketType.SOCK_RAW, CanEndpoint.CAN_RAW);
        socket.setTimeout(Duration.ofSeconds(60));
        socket.setOption(CanOption.FD_FRAMES, true);
        socket.bind(CanEndpoint.of(index));
        return socket;
    }

    private static CanFrame frame(LinuxSocket bus) throws IOException {
        return CanFrame.decode(ByteBuffer.wrap(bus.recv(100)));
    }

    private static byte[] message(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }

    @Test
    void aLongMessageGoesToPythonAndComesBack() throws Exception {
        try (var socket = isoTp()) {
            socket.bind(CanEndpoint.isotp(index, HERE, THERE));
            var name = (CanEndpoint) socket.getSockName();
            assertEquals(HERE, name.receivingId());
            assertEquals(THERE, name.sendingId());
            try (var peer =
                    PythonPeer.run(
                            """
                            import socket
                            s = socket.socket(socket.AF_CAN, socket.SOCK_DGRAM, socket.CAN_ISOTP)
                            s.bind(('vcan0', 0x321, 0x123))
                            s.send(b'ready')
                            data = s.recv(5000)
                            s.send(data[::-1])
                            print(len(data))
                            """)) {
                assertEquals(5, socket.recv(100).length);
                byte[] sent = message(3_000);
                socket.sendAll(sent);
                byte[] back = socket.recv(5_000);
                assertEquals(sent.length, back.length);
                for (int i = 0; i < sent.length; i++) {
                    assertEquals(sent[i], back[back.length - 1 - i]);
                }
                assertEquals("3000", peer.output().strip());
            }
        }
    }

    @Test
    void optionsAreKeptAsTheyWereSet() throws Exception {
        try (var socket = isoTp()) {
            assertEquals(IsoTpLinkLayer.CLASSICAL, socket.getOption(IsoTpOption.LL_OPTS));
            assertEquals(
                    new IsoTpFlowControl(0, Duration.ZERO, 0),
                    socket.getOption(IsoTpOption.RECV_FC));
            assertEquals(Set.of(), socket.getOption(IsoTpOption.OPTS).flags());
            var settings =
                    IsoTpSettings.DEFAULT
                            .withAddresses(0xA1, 0xA2)
                            .withPadding(0x55)
                            .with(IsoTpSettings.Flag.FORCE_TXSTMIN);
            socket.setOption(IsoTpOption.OPTS, settings);
            assertEquals(settings, socket.getOption(IsoTpOption.OPTS));
            var control = new IsoTpFlowControl(8, Duration.ofNanos(300_000), 2);
            socket.setOption(IsoTpOption.RECV_FC, control);
            assertEquals(control, socket.getOption(IsoTpOption.RECV_FC));
            socket.setOption(IsoTpOption.TX_STMIN, Duration.ofMillis(3));
            socket.setOption(IsoTpOption.RX_STMIN, Duration.ofNanos(7));
            assertEquals(Duration.ofMillis(3), socket.getOption(IsoTpOption.TX_STMIN));
            assertEquals(Duration.ofNanos(7), socket.getOption(IsoTpOption.RX_STMIN));
            socket.setOption(IsoTpOption.LL_OPTS, IsoTpLinkLayer.flexible());
            assertEquals(IsoTpLinkLayer.flexible(), socket.getOption(IsoTpOption.LL_OPTS));
            socket.bind(CanEndpoint.isotp(index, HERE, THERE));
            var late =
                    assertThrows(
                            SocketFailure.class,
                            () -> socket.setOption(IsoTpOption.OPTS, IsoTpSettings.DEFAULT));
            assertEquals(Errno.EISCONN, late.errno());
        }
    }

    @Test
    void extendedAddressesAndPaddingAreOnTheWire() throws Exception {
        var settings = IsoTpSettings.DEFAULT.withAddress(0xEA).withPadding(0x99);
        try (var bus = bus();
                var left = isoTp(IsoTpOption.OPTS.to(settings));
                var right = isoTp(IsoTpOption.OPTS.to(settings))) {
            left.bind(CanEndpoint.isotp(index, HERE, THERE));
            right.bind(CanEndpoint.isotp(index, THERE, HERE));
            left.sendAll(new byte[] {1, 2, 3});
            assertArrayEquals(new byte[] {1, 2, 3}, right.recv(100));
            CanFrame frame = frame(bus);
            assertEquals(THERE, frame.id());
            assertEquals("ea03010203999999", HexFormat.of().formatHex(frame.data()));
        }
    }

    @Test
    void theReceiverSaysHowManyFramesItTakesAndHowFast() throws Exception {
        var control = new IsoTpFlowControl(2, Duration.ofNanos(200_000), 0);
        try (var bus = bus();
                var left = isoTp();
                var right = isoTp(IsoTpOption.RECV_FC.to(control))) {
            left.bind(CanEndpoint.isotp(index, HERE, THERE));
            right.bind(CanEndpoint.isotp(index, THERE, HERE));
            left.sendAll(message(30));
            assertArrayEquals(message(30), right.recv(100));
            List<String> kinds = new ArrayList<>();
            for (int i = 0; i < 7; i++) {
                byte[] data = frame(bus).data();
                kinds.add("" + (data[0] >> 4));
                if (data[0] >> 4 == 3) {
                    assertEquals("3002f2", HexFormat.of().formatHex(data, 0, 3));
                }
            }
            // First, flow control, two, flow control, two: 6 + 4 * 7 bytes.
            assertEquals("1322322", String.join("", kinds));
        }
    }

    @Test
    void framesWithAFlexibleRateAreLonger() throws Exception {
        var frames = IsoTpOption.LL_OPTS.to(IsoTpLinkLayer.flexible());
        try (var bus = bus();
                var left = isoTp(frames);
                var right = isoTp(frames)) {
            left.bind(CanEndpoint.isotp(index, HERE, THERE));
            right.bind(CanEndpoint.isotp(index, THERE, HERE));
            left.sendAll(message(50));
            assertArrayEquals(message(50), right.recv(100));
            CanFrame only = frame(bus);
            assertTrue(only.fd(), only::toString);
            assertEquals(64, only.data().length);
        }
    }
}
