// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.NetlinkProtocol.NETLINK_GENERIC;

import sockeye.Deadline;
import sockeye.LinuxSocket;
import sockeye.OptionSetting;
import sockeye.netlink.GenericPolicies.OfOperation;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Generic netlink: families that are known by name, what they can be asked, and asking them.
 *
 * <pre>{@code
 * try (var generic = GenericSocket.open()) {
 *     for (var family : generic.families()) {
 *         IO.println(family.name() + " " + family.operations().size());
 *     }
 * }
 * }</pre>
 *
 * <p>A family is found anew each time it is asked for: its number changes when its module is loaded
 * again. Threads, waiting and errors are those of {@link NetlinkSocket}.
 *
 * @see <a href="https://docs.kernel.org/userspace-api/netlink/intro.html">Netlink</a>
 */
public final class GenericSocket implements AutoCloseable {
    private static final int GENL_ID_CTRL = 0x10;
    private static final int CTRL_CMD_GETFAMILY = 3;
    private static final int CTRL_CMD_GETPOLICY = 10;
    private static final int CTRL_ATTR_FAMILY_NAME = 2;
    private static final int CTRL_ATTR_FAMILY_ID = 1;
    private static final int CTRL_ATTR_POLICY = 8;
    private static final int CTRL_ATTR_OP_POLICY = 9;
    private static final int CTRL_ATTR_POLICY_DO = 1;
    private static final int CTRL_ATTR_POLICY_DUMP = 2;
    private static final int CONTROL_VERSION = 2;

    private final NetlinkSocket socket;

    private GenericSocket(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Opens a socket of NETLINK_GENERIC. */
    public static GenericSocket open(OptionSetting<?>... settings) throws IOException {
        return new GenericSocket(NetlinkSocket.open(NETLINK_GENERIC, settings));
    }

    /** The same over a socket that was made elsewhere, as {@link NetlinkSocket#over}. */
    public static GenericSocket over(LinuxSocket socket, OptionSetting<?>... settings)
            throws IOException {
        return new GenericSocket(NetlinkSocket.over(socket, settings));
    }

    private static NetlinkRequest control(
            String name, int command, Consumer<AttributeWriter> attributes) {
        return NetlinkRequest.of(
                        GENL_ID_CTRL,
                        0,
                        payload -> {
                            GenericHeader.write(payload, command, CONTROL_VERSION);
                            attributes.accept(payload);
                        })
                .named(name);
    }

    /** All families that the kernel has loaded. */
    public List<GenericFamily> families() throws IOException {
        return socket.dump(
                control("CTRL_CMD_GETFAMILY", CTRL_CMD_GETFAMILY, all -> {}),
                GenericFamily::decode);
    }

    /**
     * A family by its name; the kernel may load a module for it.
     *
     * @throws NetlinkException ENOENT if there is none
     */
    public GenericFamily family(String name) throws IOException {
        return socket.get(
                control(
                        "CTRL_CMD_GETFAMILY " + name,
                        CTRL_CMD_GETFAMILY,
                        one -> one.string(CTRL_ATTR_FAMILY_NAME, name)),
                GenericFamily::decode);
    }

    /**
     * What the kernel demands of a family's attributes. Linux 5.7, for each operation since 5.10.
     *
     * @throws NetlinkException ENODATA if the family has no rules that the kernel could tell
     */
    public GenericPolicies policies(GenericFamily family) throws IOException {
        Map<Integer, OfOperation> operations = new TreeMap<>();
        Map<Integer, Map<Integer, AttributePolicy>> policies = new HashMap<>();
        NetlinkRequest request =
                control(
                        "CTRL_CMD_GETPOLICY " + family.name(),
                        CTRL_CMD_GETPOLICY,
                        one -> one.u16(CTRL_ATTR_FAMILY_ID, family.id()));
        socket.dumpOnce(
                request,
                message ->
                        message.decode(payload -> {
                            GenericHeader.read(payload);
                            decodePolicies(payload.attributes(), operations, policies);
                            return null;
                        }));
        return new GenericPolicies(operations, policies);
    }

    private static void decodePolicies(
            AttributeReader attributes,
            Map<Integer, OfOperation> operations,
            Map<Integer, Map<Integer, AttributePolicy>> policies) {
        while (attributes.next()) {
            switch (attributes.type()) {
                case CTRL_ATTR_OP_POLICY -> {
                    for (AttributeReader each = attributes.nested(); each.next(); ) {
                        operations.put(each.type(), ofOperation(each.nested()));
                    }
                }
                case CTRL_ATTR_POLICY -> {
                    for (AttributeReader each = attributes.nested(); each.next(); ) {
                        Map<Integer, AttributePolicy> types =
                                policies.computeIfAbsent(each.type(), any -> new TreeMap<>());
                        for (AttributeReader type = each.nested(); type.next(); ) {
                            types.put(type.type(), AttributePolicy.of(type.nested()));
                        }
                    }
                }
                default -> {}
            }
        }
    }

    private static OfOperation ofOperation(AttributeReader attributes) {
        OptionalInt request = OptionalInt.empty();
        OptionalInt dump = OptionalInt.empty();
        while (attributes.next()) {
            switch (attributes.type()) {
                case CTRL_ATTR_POLICY_DO -> request = OptionalInt.of(attributes.s32());
                case CTRL_ATTR_POLICY_DUMP -> dump = OptionalInt.of(attributes.s32());
                default -> {}
            }
        }
        return new OfOperation(request, dump);
    }

    /**
     * Hears groups of a family.
     *
     * @param groups by their names
     * @throws NoSuchElementException if the family has no group of such a name
     * @throws IOException EPERM if a group demands a privilege
     */
    public static NotificationSocket listen(GenericFamily family, String... groups)
            throws IOException {
        NotificationSocket events = NotificationSocket.open(NETLINK_GENERIC);
        boolean done = false;
        try {
            for (String name : groups) {
                GenericGroup group =
                        family.group(name)
                                .orElseThrow(() ->
                                        new NoSuchElementException(
                                                family.name() + " has no group " + name));
                events.join(group.number());
            }
            done = true;
            return events;
        } finally {
            if (!done) {
                events.close();
            }
        }
    }

    /** The socket below, for requests that {@link GenericFamily#request} makes. */
    public NetlinkSocket netlink() {
        return socket;
    }

    /** As {@link NetlinkSocket#deadline}. */
    public void deadline(Deadline deadline) {
        socket.deadline(deadline);
    }

    /** Closes the socket. */
    @Override
    public void close() throws IOException {
        socket.close();
    }
}
