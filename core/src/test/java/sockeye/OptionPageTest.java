// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code docs/options.md} is made of the constants and their javadoc, and is up to date. */
@Tag("A5-03")
class OptionPageTest {
    private static final boolean ACCEPT = Boolean.getBoolean("docs.accept");
    private static final Path TREE = Path.of(System.getProperty("sockeye.tree"));

    private record Level(Class<?> holder, String name, List<Option<?>> options) {}

    private static final List<Level> LEVELS =
            List.of(
                    new Level(SoOption.class, "SOL_SOCKET", SoOption.all()),
                    new Level(IpOption.class, "IPPROTO_IP", IpOption.all()),
                    new Level(Ipv6Option.class, "IPPROTO_IPV6", Ipv6Option.all()),
                    new Level(TcpOption.class, "IPPROTO_TCP", TcpOption.all()),
                    new Level(UdpOption.class, "IPPROTO_UDP", UdpOption.all()),
                    new Level(MptcpOption.class, "SOL_MPTCP", MptcpOption.all()),
                    new Level(NetlinkOption.class, "SOL_NETLINK", NetlinkOption.all()),
                    new Level(TipcOption.class, "SOL_TIPC", TipcOption.all()),
                    new Level(SctpOption.class, "SOL_SCTP", SctpOption.all()),
                    new Level(UdpLiteOption.class, "SOL_UDPLITE", UdpLiteOption.all()),
                    new Level(VsockOption.class, "AF_VSOCK", VsockOption.all()),
                    new Level(PacketOption.class, "SOL_PACKET", PacketOption.all()),
                    new Level(CanOption.class, "SOL_CAN_RAW", CanOption.all()),
                    new Level(J1939Option.class, "SOL_CAN_J1939", J1939Option.all()),
                    new Level(IsoTpOption.class, "SOL_CAN_ISOTP", IsoTpOption.all()));

    @Test
    void thePageOfOptionsSaysWhatTheCodeSays() throws Exception {
        Path page = TREE.resolve("docs/options.md");
        String expected = page();
        if (ACCEPT) {
            Files.writeString(page, expected);
        }
        assertEquals(
                expected,
                Files.exists(page) ? Files.readString(page) : "",
                "docs/options.md is out of date: lab/accept-options writes it anew");
    }

    private static String page() throws Exception {
        var text = new StringBuilder();
        text.append(
                """
                # Socket options

                <!-- Written by OptionPageTest from the constants and their javadoc. -->

                Every constant of the options' holders, `SoOption`, `IpOption` and so on, in the
                order of the code. What has no constant is reached with
                `Option.rawInt(level, number)` and `Option.rawBytes(level, number, maxLength)`.

                The column *r/w* says what the kernel allows: `rw`, `r` (reading only) or `w`
                (setting only). A time is a `Duration`, rounded up to the unit. *Since* is given for
                what is newer than Linux 5.4. Defaults, errors and privileges stand in the javadoc.
                """);
        for (Level level : LEVELS) {
            List<Option<?>> options = level.options();
            text.append(
                    "\n## %s: %s (%d)\n\n"
                            .formatted(
                                    level.holder().getSimpleName(),
                                    level.name(),
                                    options.getFirst().level()));
            text.append(
                    "| Constant | Kernel | No. | r/w | Type | Unit | Range | Since | Meaning |\n");
            text.append("|---|---|---|---|---|---|---|---|---|\n");
            String source = source(level.holder());
            for (Field field : constants(level.holder())) {
                row(text, field, (Option<?>) field.get(null), javadoc(source, field.getName()));
            }
        }
        return text.toString();
    }

    private static void row(StringBuilder text, Field field, Option<?> option, String doc) {
        Matcher since = Pattern.compile("(?:^|\\. |[;,] )Linux (\\d+\\.\\d+)\\.$").matcher(doc);
        List<String> cells =
                List.of(
                        "`" + field.getName() + "`",
                        "`" + option.name() + "`",
                        Integer.toString(option.number()),
                        (option.readable() ? "r" : "") + (option.writable() ? "w" : ""),
                        "`"
                                + option.type()
                                        .getCanonicalName()
                                        .replaceAll("^([a-z]\\w*\\.)+", "")
                                + "`",
                        option.unit(),
                        option.range(),
                        since.find() ? since.group(1) : "",
                        firstSentence(doc).replace("|", "\\|"));
        text.append("|");
        for (String cell : cells) {
            text.append(cell.isEmpty() ? " |" : " " + cell + " |");
        }
        text.append("\n");
    }

    /** What stands before the first full stop that ends a sentence. */
    private static String firstSentence(String doc) {
        Matcher end = Pattern.compile("\\.(?= [A-Z\\d-]|$)").matcher(doc);
        return end.find() ? doc.substring(0, end.start()) : doc;
    }

    private static String javadoc(String source, String constant) {
        Pattern declaration =
                Pattern.compile(
                        "/\\*\\*((?:(?!\\*/).)*)\\*/\\s*public static final Option<[^=;]*> "
                                + constant
                                + "\\s*=",
                        Pattern.DOTALL);
        Matcher found = declaration.matcher(source);
        assertEquals(true, found.find(), constant + " has no javadoc");
        return found.group(1)
                .replaceAll("\\n\\s*\\*", " ")
                .replaceAll("\\s+", " ")
                .strip()
                .replaceAll("\\{@code ([^}]*)}", "`$1`")
                .replaceAll("\\{@link #?([^}]*)}", "`$1`")
                .replace("`SoOption#", "`SoOption.")
                .replace("`TcpOption#", "`TcpOption.")
                .replaceAll("<em>|</em>", "*");
    }

    private static List<Field> constants(Class<?> holder) {
        List<Field> constants = new ArrayList<>();
        for (Field field : holder.getFields()) {
            if (field.getType() == Option.class) {
                constants.add(field);
            }
        }
        return constants;
    }

    private static String source(Class<?> holder) throws IOException {
        Path file = TREE.resolve("core/src/main/java/sockeye/" + holder.getSimpleName() + ".java");
        String source = Files.readString(file);
        assertNotNull(source);
        return source;
    }
}
