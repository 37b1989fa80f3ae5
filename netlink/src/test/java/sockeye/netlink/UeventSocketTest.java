// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.NetlinkProtocol.NETLINK_KOBJECT_UEVENT;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.AddressFamily;
import sockeye.Deadline;
import sockeye.LinuxSocket;
import sockeye.NetlinkEndpoint;
import sockeye.SoOption;
import sockeye.SocketType;
import sockeye.netlink.Uevent.Kind;
import sockeye.netlink.Uevent.Source;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Task;
import sockeye.testkit.TestNetwork;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

@Tag("H8")
@ExtendWith(NoLeaks.class)
class UeventSocketTest {
    private static final Path LO = Path.of("/sys/class/net/lo/uevent");
    private static final String UUID = "01234567-89ab-cdef-0123-456789abcdef";

    /** Has the kernel send an event, marked so that no other is taken for it. */
    private static void trigger(String action) throws IOException {
        if (!Files.isWritable(LO)) {
            throw Tools.lacking(LO + " cannot be written");
        }
        Files.writeString(LO, action + " " + UUID + " TEST=yes");
    }

    private static Uevent awaitMarked(UeventSocket events) throws IOException {
        events.deadline(Deadline.after(Duration.ofSeconds(Task.PATIENCE)));
        while (true) {
            Uevent event = events.receive();
            if (UUID.equals(event.properties().get("SYNTH_UUID"))) {
                return event;
            }
        }
    }

    @Test
    void anEventOfADeviceIsHeardWithAllThatIsSaid() throws Exception {
        try (var events = UeventSocket.open()) {
            trigger("change");
            Uevent event = awaitMarked(events);
            assertEquals("change", event.action());
            assertEquals(Kind.CHANGE, event.kind());
            assertEquals("/devices/virtual/net/lo", event.devpath());
            assertEquals("net", event.subsystem());
            assertEquals(Source.KERNEL, event.source());
            assertEquals("lo", event.properties().get("INTERFACE"));
            assertEquals("yes", event.properties().get("SYNTH_ARG_TEST"));
            long seen = event.sequence().orElseThrow();
            long now =
                    Long.parseLong(Files.readString(Path.of("/sys/kernel/uevent_seqnum")).strip());
            assertTrue(seen > 0 && seen <= now, seen + " of " + now);
            trigger("offline");
            assertEquals(Kind.OFFLINE, awaitMarked(events).kind());
        }
    }

    @Test
    void aDeviceThatComesIsHeardInItsNetwork() throws Exception {
        try (var network = TestNetwork.create();
                var events = network.call(() -> UeventSocket.open())) {
            events.deadline(Deadline.after(Duration.ofSeconds(Task.PATIENCE)));
            network.run("ip", "link", "add", "left", "type", "veth", "peer", "name", "right");
            Uevent event;
            do {
                event = events.receive();
            } while (!"left".equals(event.properties().get("INTERFACE")));
            assertEquals(Kind.ADD, event.kind());
            assertEquals("/devices/virtual/net/left", event.devpath());
        }
    }

    /** A message as udev makes them: libudev's monitor, version 1. */
    private static byte[] udevs(String properties) {
        byte[] text = properties.getBytes(StandardCharsets.UTF_8);
        byte[] bytes = new byte[40 + text.length];
        System.arraycopy("libudev\0".getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, 8);
        Wire.putBe32(bytes, 8, 0xFEED_CAFE);
        Wire.put32(bytes, 12, 40);
        Wire.put32(bytes, 16, 40);
        Wire.put32(bytes, 20, text.length);
        System.arraycopy(text, 0, bytes, 40, text.length);
        return bytes;
    }

    private static void tellAsUdev(byte[] message) throws IOException {
        try (var udev =
                LinuxSocket.socket(
                        AddressFamily.AF_NETLINK, SocketType.SOCK_RAW, NETLINK_KOBJECT_UEVENT)) {
            udev.bind(NetlinkEndpoint.KERNEL);
            udev.sendTo(ByteBuffer.wrap(message), NetlinkEndpoint.ofGroups(2), 0);
        }
    }

    @Test
    void udevsEventsAreKnownByTheirMark() throws Exception {
        try (var network = TestNetwork.create();
                var events = network.call(() -> UeventSocket.openUdev())) {
            events.deadline(Deadline.after(Duration.ofSeconds(Task.PATIENCE)));
            byte[] message =
                    udevs("ACTION=add\0DEVPATH=/devices/x\0SUBSYSTEM=block\0ID_MODEL=A B\0");
            network.call(() -> {
                tellAsUdev(message);
                return null;
            });
            Uevent event = events.receive();
            assertEquals(Source.UDEV, event.source());
            assertEquals(Kind.ADD, event.kind());
            assertEquals("/devices/x", event.devpath());
            assertEquals("block", event.subsystem());
            assertEquals("A B", event.properties().get("ID_MODEL"));
        }
    }

    @Test
    void whatAProcessSaysInTheKernelsGroupIsPassedOver() throws Exception {
        try (var network = TestNetwork.create();
                var events = network.call(() -> UeventSocket.open())) {
            events.deadline(Deadline.after(Duration.ofSeconds(Task.PATIENCE)));
            byte[] forged = "add@/devices/forged\0ACTION=add\0".getBytes(StandardCharsets.UTF_8);
            try (var forger =
                    network.call(() ->
                            LinuxSocket.socket(
                                    AddressFamily.AF_NETLINK,
                                    SocketType.SOCK_RAW,
                                    NETLINK_KOBJECT_UEVENT))) {
                forger.bind(NetlinkEndpoint.KERNEL);
                forger.sendTo(ByteBuffer.wrap(forged), NetlinkEndpoint.ofGroups(1), 0);
            }
            network.run("ip", "link", "add", "left", "type", "veth", "peer", "name", "right");
            assertTrue(events.receive().devpath().contains("/net/"));
        }
    }

    @Test
    void aFloodThatOverrunsTheBufferIsTold() throws Exception {
        try (var events = UeventSocket.open(SoOption.RCV_BUF.to(0))) {
            events.deadline(Deadline.after(Duration.ofSeconds(Task.PATIENCE)));
            for (int i = 0; i < 100; i++) {
                trigger("change");
            }
            assertThrows(
                    NetlinkOverrunException.class,
                    () -> {
                        while (true) {
                            events.receive();
                        }
                    });
            trigger("online");
            assertEquals(Kind.ONLINE, awaitMarked(events).kind());
        }
    }
}
