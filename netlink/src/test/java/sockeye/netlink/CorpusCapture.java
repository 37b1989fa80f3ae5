// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.AddressFamily.AF_NETLINK;
import static sockeye.NetlinkProtocol.NETLINK_GENERIC;
import static sockeye.NetlinkProtocol.NETLINK_ROUTE;
import static sockeye.netlink.NetlinkFlag.NLM_F_ACK;
import static sockeye.netlink.NetlinkFlag.NLM_F_DUMP;
import static sockeye.netlink.NetlinkFlag.NLM_F_REQUEST;

import sockeye.AddressFamily;
import sockeye.Deadline;
import sockeye.LinuxSocket;
import sockeye.Message;
import sockeye.MessageSocket;
import sockeye.NetlinkEndpoint;
import sockeye.NetlinkOption;
import sockeye.NetlinkProtocol;
import sockeye.SocketType;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Takes the corpus of {@link DecoderFuzzTest} from this machine's kernel: each datagram as it came,
 * {@code DECODER.NUMBER.bin}. To be run by hand, in a network namespace with some veth links, with
 * the directory as its argument; and in the first namespace, with a second argument, for events.
 */
final class CorpusCapture {
    /** Enough of each kind. */
    private static final int MOST = 3;

    private final Path directory;

    private CorpusCapture(Path directory) {
        this.directory = directory;
    }

    /** Takes it. */
    public static void main(String[] args) throws Exception {
        CorpusCapture capture = new CorpusCapture(Files.createDirectories(Path.of(args[0])));
        if (args.length > 1) {
            capture.events();
        } else {
            capture.routes();
            capture.generic();
            capture.sockets();
        }
    }

    private void save(String name, int number, ByteBuffer datagram) throws IOException {
        byte[] bytes = new byte[datagram.remaining()];
        datagram.get(bytes);
        Files.write(directory.resolve(name + "." + number + ".bin"), bytes);
    }

    private void ask(String name, int protocol, int flags, NetlinkRequest request)
            throws IOException {
        try (var socket = MessageSocket.open(AF_NETLINK, SocketType.SOCK_RAW, protocol)) {
            socket.socket().setOption(NetlinkOption.EXT_ACK, true);
            socket.socket().connect(NetlinkEndpoint.KERNEL);
            socket.send(ByteBuffer.wrap(request.toBytes(flags | NLM_F_REQUEST, 1, 0)));
            receive(name, socket);
        }
    }

    private void receive(String name, MessageSocket socket) throws IOException {
        socket.readDeadline(Deadline.after(Duration.ofSeconds(1)));
        try {
            for (int number = 1; number <= MOST; number++) {
                ByteBuffer buffer = ByteBuffer.allocate(8_192);
                Message message = socket.receive(buffer);
                if (message == null) {
                    return;
                }
                save(name, number, message.payload());
            }
        } catch (SocketTimeoutException all) {
            // That was all.
        }
    }

    private static NetlinkRequest plain(int type, int size) {
        return NetlinkRequest.of(type, 0, payload -> payload.struct(size, all -> {}));
    }

    private void routes() throws IOException {
        int getAddress = 22;
        int getRoute = 26;
        int getNeighbour = 30;
        int getRule = 34;
        ask("link", NETLINK_ROUTE, NLM_F_DUMP, plain(Links.RTM_GETLINK, 16));
        ask("address", NETLINK_ROUTE, NLM_F_DUMP, plain(getAddress, 8));
        ask("route", NETLINK_ROUTE, NLM_F_DUMP, plain(getRoute, 12));
        ask("neighbour", NETLINK_ROUTE, NLM_F_DUMP, plain(getNeighbour, 12));
        ask("rule", NETLINK_ROUTE, NLM_F_DUMP, plain(getRule, 12));
        ask("fdb", NETLINK_ROUTE, NLM_F_DUMP, BridgeSocket.getEntries(0, 0));
        ask("bridge-vlan", NETLINK_ROUTE, NLM_F_DUMP, BridgeSocket.getVlans());
        ask("acknowledgement", NETLINK_ROUTE, NLM_F_ACK, Links.setMtu(1, 65_000));
        NetlinkRequest wrong =
                NetlinkRequest.of(
                        Links.RTM_NEWLINK,
                        0,
                        payload ->
                                payload.struct(16, link -> link.u32(Links.IFI_INDEX, 1))
                                        .u8(Links.IFLA_MTU, 1));
        ask("acknowledgement-refused", NETLINK_ROUTE, NLM_F_ACK, wrong);
    }

    private void sockets() throws IOException {
        int protocol = NetlinkProtocol.NETLINK_SOCK_DIAG;
        for (int family : InetQuery.ALL.families()) {
            ask("diag-tcp-" + family, protocol, NLM_F_DUMP, InetQuery.ALL.request(6, family));
        }
        ask("diag-unix", protocol, NLM_F_DUMP, UnixReport.request(Diag.ALL_STATES, 0));
        ask("diag-netlink", protocol, NLM_F_DUMP, NetlinkReport.request());
        try (var capture = LinuxSocket.socket(AddressFamily.AF_PACKET, SocketType.SOCK_DGRAM)) {
            capture.setBlocking(false);
            ask("diag-packet", protocol, NLM_F_DUMP, PacketReport.request());
        }
    }

    private void generic() throws IOException {
        int getFamily = 3;
        int getPolicy = 10;
        ask("generic-family", NETLINK_GENERIC, NLM_F_DUMP, control(getFamily, all -> {}));
        ask("generic-policy", NETLINK_GENERIC, NLM_F_DUMP, control(getPolicy, w -> w.u16(1, 16)));
        try (var generic = GenericSocket.open()) {
            GenericFamily ethtool = generic.family("ethtool");
            ask("ethtool-link", NETLINK_GENERIC, NLM_F_DUMP, ethtool.request(4, 0, w -> {}));
            ask("ethtool-features", NETLINK_GENERIC, NLM_F_DUMP, ethtool.request(11, 0, w -> {}));
            ask("ethtool-rings", NETLINK_GENERIC, NLM_F_DUMP, ethtool.request(15, 0, w -> {}));
        }
    }

    private static NetlinkRequest control(int command, Consumer<AttributeWriter> attributes) {
        return NetlinkRequest.of(
                16,
                0,
                payload -> {
                    GenericHeader.write(payload, command, 2);
                    attributes.accept(payload);
                });
    }

    private void events() throws Exception {
        try (var uevents = UeventSocket.open()) {
            Files.writeString(Path.of("/sys/class/net/lo/uevent"), "change");
            receive("uevent", MessageSocket.of(uevents.socket()));
        }
        try (var processes = ProcessEventSocket.open()) {
            new ProcessBuilder("/bin/true").start().waitFor();
            receive("process-event", MessageSocket.of(processes.socket()));
        }
    }
}
