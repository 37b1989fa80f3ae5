// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.GoldenAbi;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The numbers and names of the option constants, against what C compilers said. */
class OptionNumbersTest {
    /** Which level the options belong to whose names start so; the longest start counts. */
    private static final Map<String, List<String>> LEVELS =
            Map.ofEntries(
                    Map.entry("IP6T_SO_", List.of("IPPROTO_IPV6")),
                    Map.entry("IPV6_", List.of("IPPROTO_IPV6")),
                    Map.entry("IP_", List.of("IPPROTO_IP")),
                    Map.entry("MCAST_", List.of("IPPROTO_IP", "IPPROTO_IPV6")),
                    Map.entry("MPTCP_", List.of("SOL_MPTCP")),
                    Map.entry("NETLINK_", List.of("SOL_NETLINK")),
                    Map.entry("CAN_RAW_", List.of("SOL_CAN_RAW")),
                    Map.entry("SO_J1939_", List.of("SOL_CAN_J1939")),
                    Map.entry("CAN_ISOTP_", List.of("SOL_CAN_ISOTP")),
                    Map.entry("PACKET_", List.of("SOL_PACKET")),
                    Map.entry("SCTP_", List.of("SOL_SCTP")),
                    Map.entry("SO_", List.of("SOL_SOCKET")),
                    Map.entry("SO_ORIGINAL_DST", List.of("IPPROTO_IP")),
                    Map.entry("SO_VM_SOCKETS_", List.of("AF_VSOCK")),
                    Map.entry("TCP_", List.of("IPPROTO_TCP")),
                    Map.entry("TIPC_", List.of("SOL_TIPC")),
                    Map.entry("UDP_", List.of("IPPROTO_UDP")),
                    Map.entry("UDPLITE_", List.of("SOL_UDPLITE")));

    private static final List<GoldenAbi> ABI =
            Stream.of("x86_64-glibc", "aarch64-glibc", "newer-than-headers")
                    .map(GoldenAbi::load)
                    .toList();

    @Test
    void everyOptionHasTheKernelsNumberLevelAndName() throws Exception {
        var wrong = new TreeSet<String>();
        int options = 0;
        for (Field field : optionConstants()) {
            Option<?> option = (Option<?>) field.get(null);
            String where = field.getDeclaringClass().getSimpleName() + "." + field.getName();
            options++;
            if (!numbersOf(option.name()).equals(List.of((long) option.number()))) {
                wrong.add(where + ": " + option.number() + " is not " + option.name());
            }
            List<String> levels = levelsOf(option.name());
            if (levels.stream().noneMatch(l -> numbersOf(l).contains((long) option.level()))) {
                wrong.add(where + ": level " + option.level() + " is not " + levels);
            }
            if (!isNamedAfter(field.getName(), option.name())) {
                wrong.add(where + " is named otherwise than " + option.name());
            }
        }
        assertEquals("", String.join("\n", wrong));
        assertTrue(options > 40, "only " + options + " options were found");
    }

    private static List<String> levelsOf(String name) {
        return LEVELS.keySet().stream()
                .filter(name::startsWith)
                .max(Comparator.comparingInt(String::length))
                .map(LEVELS::get)
                .orElse(List.of());
    }

    /** Whether Java's name is C's, with words parted or joined, from the start of a word on. */
    private static boolean isNamedAfter(String java, String c) {
        String words = c;
        while (!words.replace("_", "").equals(java.replace("_", ""))) {
            if (words.indexOf('_') < 0) {
                return false;
            }
            words = words.substring(words.indexOf('_') + 1);
        }
        return true;
    }

    private static List<Long> numbersOf(String name) {
        return ABI.stream()
                .map(abi -> abi.facts().get("const " + name))
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }

    private static List<Field> optionConstants() throws Exception {
        Path classes = Path.of(CStruct.class.getResource("/sockeye/Option.class").toURI());
        var constants = new ArrayList<Field>();
        try (Stream<Path> files = Files.list(classes.getParent())) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith("Option.class")) {
                    Class<?> holder = Class.forName("sockeye." + name.replace(".class", ""));
                    for (Field field : holder.getFields()) {
                        if (Modifier.isStatic(field.getModifiers())
                                && field.getType() == Option.class) {
                            constants.add(field);
                        }
                    }
                }
            }
        }
        return constants;
    }
}
