// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AddressFamily.AF_TIPC;

import sockeye.internal.kernel.CStruct;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * What the kernel knows of TIPC's nodes beside their addresses: the ioctls of AF_TIPC.
 *
 * <p>A node's <em>identity</em> is up to 16 bytes, given by who runs it or derived from a network
 * device; its <em>address</em>, 32 bits, is a hash of that.
 */
public final class TipcNode {
    private static final int SIOCGETLINKNAME = 0x89E0;
    private static final int SIOCGETNODEID = 0x89E1;

    private TipcNode() {}

    /**
     * The address of this node; 0 if it has none yet, which is so until TIPC is given an identity
     * or a bearer.
     */
    public static long own() throws IOException {
        try (LinuxSocket socket = LinuxSocket.socket(AF_TIPC, SocketType.SOCK_RDM)) {
            return ((TipcEndpoint.SocketId) socket.getSockName()).node();
        }
    }

    /**
     * A node's identity as {@code tipc node list} shows it: as text if it is one, else in
     * hexadecimal.
     *
     * @param node the node's address, or 0 for this one
     * @throws IOException EADDRNOTAVAIL if there is no such node
     * @throws IllegalArgumentException if the address is not 0 to 4294967295
     */
    public static String identity(long node) throws IOException {
        TipcSockaddr.check("node", node);
        byte[] request = new byte[NodeId.SIZEOF];
        buffer(request).putInt(NodeId.peer, (int) (node == 0 ? own() : node));
        call(SIOCGETNODEID, request, node);
        int end = NodeId.SIZEOF;
        while (end > NodeId.node_id && request[end - 1] == 0) {
            end--;
        }
        for (int i = NodeId.node_id; i < end; i++) {
            if (request[i] <= ' ' || request[i] > '~') {
                return HexFormat.of().formatHex(request, NodeId.node_id, NodeId.SIZEOF);
            }
        }
        return new String(request, NodeId.node_id, end - NodeId.node_id, StandardCharsets.US_ASCII);
    }

    /**
     * The name of a link of this node, {@code 1001001:eth0-1001002:eth0}.
     *
     * @param peer the node at its other end
     * @param bearer the number of this node's bearer; {@link TipcLinkState} has them
     * @throws IOException EADDRNOTAVAIL if there is no such link
     * @throws IllegalArgumentException if a number is not 0 to 4294967295
     */
    public static String linkName(long peer, long bearer) throws IOException {
        TipcSockaddr.check("node", peer);
        TipcSockaddr.check("bearer", bearer);
        byte[] request = new byte[LinkName.SIZEOF];
        buffer(request).putInt(LinkName.peer, (int) peer).putInt(LinkName.bearer_id, (int) bearer);
        call(SIOCGETLINKNAME, request, peer);
        int end = LinkName.linkname;
        while (end < LinkName.SIZEOF && request[end] != 0) {
            end++;
        }
        return new String(
                request, LinkName.linkname, end - LinkName.linkname, StandardCharsets.UTF_8);
    }

    private static ByteBuffer buffer(byte[] request) {
        return ByteBuffer.wrap(request).order(ByteOrder.nativeOrder());
    }

    private static void call(int number, byte[] request, long node) throws IOException {
        try (LinuxSocket socket = LinuxSocket.socket(AF_TIPC, SocketType.SOCK_RDM)) {
            socket.ioctl(number, request);
        } catch (BindFailure | SocketFailure unknown) {
            String what = "node " + TipcEndpoint.nodeText(node);
            throw ErrnoFailure.of("ioctl", unknown.errno().number(), what, null, null, 0);
        }
    }

    @CStruct("struct tipc_sioc_nodeid_req")
    private static final class NodeId {
        static final int SIZEOF = 20;
        static final int peer = 0;
        static final int node_id = 4;

        private NodeId() {}
    }

    @CStruct("struct tipc_sioc_ln_req")
    private static final class LinkName {
        static final int SIZEOF = 76;
        static final int peer = 0;
        static final int bearer_id = 4;
        static final int linkname = 8;

        private LinkName() {}
    }
}
