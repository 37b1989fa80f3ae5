// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.Deadline;
import sockeye.Errno;
import sockeye.netlink.AttributePolicy.ValueType;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Task;
import sockeye.testkit.TestNetwork;

import java.io.IOException;
import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

@Tag("H8")
@ExtendWith(NoLeaks.class)
class GenericSocketTest {
    private static final int CTRL_CMD_GETFAMILY = 3;
    private static final int CTRL_ATTR_FAMILY_ID = 1;
    private static final int CTRL_ATTR_FAMILY_NAME = 2;

    private static GenericSocket open() throws IOException {
        GenericSocket socket = GenericSocket.open();
        socket.deadline(Deadline.after(Duration.ofSeconds(Task.PATIENCE)));
        return socket;
    }

    @BeforeEach
    void theToolLoadsItsFamilies() throws Exception {
        Tools.run("genl", "ctrl", "list");
    }

    @Test
    void theFamiliesAreThoseThatTheToolLists() throws Exception {
        var theirs = new TreeMap<String, Integer>();
        var each = Pattern.compile("Name: (\\S+)\\s+ID: 0x(\\w+)");
        var found = each.matcher(Tools.run("genl", "ctrl", "list"));
        while (found.find()) {
            theirs.put(found.group(1), Integer.parseInt(found.group(2), 16));
        }
        try (var generic = open()) {
            var ours =
                    generic.families().stream()
                            .collect(Collectors.toMap(GenericFamily::name, GenericFamily::id));
            assertEquals(theirs, new TreeMap<>(ours));
        }
    }

    @Test
    void aFamilyIsFoundByNameWithWhatItCan() throws Exception {
        try (var generic = open()) {
            GenericFamily control = generic.family("nlctrl");
            assertEquals(0x10, control.id());
            assertEquals("nlctrl", control.name());
            assertEquals(0, control.headerSize());
            assertTrue(control.version() >= 2);
            GenericOperation get =
                    control.operations().stream()
                            .filter(each -> each.command() == CTRL_CMD_GETFAMILY)
                            .findFirst()
                            .orElseThrow();
            assertTrue(get.canDo() && get.canDump());
            assertFalse(get.needsPrivilege());
            assertTrue(control.group("notify").isPresent());
            assertTrue(generic.families().contains(control));
        }
    }

    @Test
    void aFamilyThatDoesNotExistIsEnoent() throws Exception {
        try (var generic = open()) {
            var none = assertThrows(NetlinkException.class, () -> generic.family("no such"));
            assertEquals(Errno.ENOENT, none.errno());
            assertEquals("CTRL_CMD_GETFAMILY no such", none.operation());
            var tooLong = "a-name-of-more-than-fifteen";
            var refused = assertThrows(NetlinkException.class, () -> generic.family(tooLong));
            assertEquals(Errno.EINVAL, refused.errno());
        }
    }

    @Test
    void theKernelSaysWhatItDemandsOfAttributes() throws Exception {
        try (var generic = open()) {
            GenericFamily control = generic.family("nlctrl");
            GenericPolicies policies = generic.policies(control);
            int number = policies.operations().get(CTRL_CMD_GETFAMILY).request().orElseThrow();
            var attributes = policies.policies().get(number);
            assertEquals(ValueType.U16, attributes.get(CTRL_ATTR_FAMILY_ID).type());
            AttributePolicy name = attributes.get(CTRL_ATTR_FAMILY_NAME);
            assertEquals(ValueType.NUL_STRING, name.type());
            assertEquals(15, name.maximumLength().orElseThrow());
            assertEquals("NUL_STRING of at most 15 bytes", name.toString());
        }
    }

    @Test
    void aValueThatIsRefusedComesWithThePolicyItBreaks() throws Exception {
        try (var generic = open()) {
            GenericFamily control = generic.family("nlctrl");
            NetlinkRequest request =
                    control.request(
                            CTRL_CMD_GETFAMILY, 0, payload -> payload.u8(CTRL_ATTR_FAMILY_ID, 16));
            var refused =
                    assertThrows(NetlinkException.class, () -> generic.netlink().execute(request));
            assertEquals(CTRL_ATTR_FAMILY_ID, refused.ack().attributePath().getFirst());
            assertEquals(ValueType.U16, refused.ack().policy().type());
        }
    }

    @Test
    void aGroupIsHeardByItsName() throws Exception {
        try (var generic = open()) {
            GenericFamily control = generic.family("nlctrl");
            GenericSocket.listen(control, "notify").close();
            assertThrows(
                    NoSuchElementException.class, () -> GenericSocket.listen(control, "no such"));
        }
    }

    // The consumer: ethtool.

    private static Set<String> features(String printed, Pattern wanted) {
        var names = new TreeSet<String>();
        var found = wanted.matcher(printed);
        while (found.find()) {
            names.add(found.group(1));
        }
        return names;
    }

    @Test
    void theFeaturesAreThoseThatEthtoolShows() throws Exception {
        // Indented or not by what they are summed up in, which is no feature itself.
        String printed = Tools.run("ethtool", "-k", "lo");
        Set<String> names = features(printed, Pattern.compile("(?m)^\\s*([\\w-]+): (?:on|off)"));
        Set<String> on = features(printed, Pattern.compile("(?m)^\\s*([\\w-]+): on"));
        Set<String> fixed =
                features(printed, Pattern.compile("(?m)^\\s*([\\w-]+): \\w+ \\[fixed]"));
        try (var ethtool = EthtoolSocket.open()) {
            EthtoolFeatures lo = ethtool.features("lo");
            assertEquals(1, lo.index());
            assertEquals("lo", lo.name());
            assertFalse(lo.fixed().isEmpty());
            for (String name : names) {
                // The sums have names of their own, and the kernel has newer features than a tool.
                if (lo.fixed().contains(name) || lo.changeable().contains(name)) {
                    assertEquals(on.contains(name), lo.active().contains(name), name);
                    assertEquals(fixed.contains(name), !isChangeable(lo, name), name);
                }
            }
            assertTrue(names.containsAll(Set.of("highdma", "loopback")));
            assertTrue(lo.active().contains("loopback"));
            assertTrue(ethtool.features().contains(lo));
        }
    }

    private static boolean isChangeable(EthtoolFeatures features, String name) {
        return features.changeable().contains(name) && !features.fixed().contains(name);
    }

    @Test
    void speedAndDuplexAreThoseOfSysfs() throws Exception {
        try (var network = TestNetwork.create()) {
            network.run("ip", "link", "add", "left", "type", "veth", "peer", "name", "right");
            network.up("left");
            try (var ethtool = network.call(EthtoolSocket::open)) {
                assertFalse(ethtool.hasLink("left"));
                network.up("right");
                assertTrue(ethtool.hasLink("left"));
                EthtoolLink link = ethtool.link("left");
                assertEquals(10_000, link.speed().orElseThrow());
                assertEquals(EthtoolLink.Duplex.FULL, link.duplex().orElseThrow());
                assertFalse(link.autonegotiation());
                String printed = network.run("ethtool", "left");
                assertTrue(printed.contains("Speed: 10000Mb/s"), printed);
                assertTrue(printed.contains("Duplex: Full"), printed);
                assertEquals(
                        Set.of("left", "right"),
                        ethtool.links().stream()
                                .map(EthtoolLink::name)
                                .filter(name -> !name.equals("lo"))
                                .collect(Collectors.toSet()));
                var none = assertThrows(NetlinkException.class, () -> ethtool.rings("lo"));
                assertEquals(Errno.EOPNOTSUPP, none.errno());
                var gone = assertThrows(NetlinkException.class, () -> ethtool.link("no such"));
                assertEquals(Errno.ENODEV, gone.errno());
            }
        }
    }

    @Test
    void ringsAreThoseThatEthtoolShows() throws Exception {
        try (var ethtool = EthtoolSocket.open()) {
            for (EthtoolRings rings : ethtool.rings()) {
                String printed = Tools.run("ethtool", "-g", rings.name());
                var numbers = Pattern.compile("(?m)^(RX|TX):\\s+(\\d+)").matcher(printed);
                var theirs = new TreeMap<String, Long>();
                while (numbers.find()) {
                    theirs.putIfAbsent(numbers.group(1), Long.valueOf(numbers.group(2)));
                    theirs.put(numbers.group(1) + " now", Long.valueOf(numbers.group(2)));
                }
                assertEquals(theirs.get("RX"), rings.receiveMaximum());
                assertEquals(theirs.get("TX"), rings.transmitMaximum());
                assertEquals(theirs.get("RX now"), rings.receive());
                assertEquals(theirs.get("TX now"), rings.transmit());
            }
        }
    }
}
