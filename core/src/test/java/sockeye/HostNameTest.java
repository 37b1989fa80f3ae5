// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Giving a host another name, in a UTS namespace that ends with the test. */
@Tag("A7-04")
class HostNameTest {
    /** What runs there. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) throws Exception {
            NameService.setHostName("sockeye-" + "x".repeat(56));
            System.out.println(NameService.getHostName().length());
            NameService.setHostName("b\u00e4r");
            System.out.println(NameService.getHostName().equals("b\u00e4r"));
            NameService.setHostName("sockeye-test");
            new ProcessBuilder("uname", "-n").inheritIO().start().waitFor();
            System.out.println(NameService.getHostName());
        }
    }

    @Test
    void aHostIsCalledWhatItWasNamed() throws Exception {
        Process trial = new ProcessBuilder("unshare", "--uts", "true").start();
        assumeTrue(trial.waitFor() == 0, "no UTS namespace: not root");
        String before = NameService.getHostName();
        Process process =
                new ProcessBuilder(
                                List.of(
                                        "unshare",
                                        "--uts",
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-XX:TieredStopAtLevel=1",
                                        "--enable-native-access=ALL-UNNAMED",
                                        "-cp",
                                        classes(LinuxSocket.class) + ":" + classes(Program.class),
                                        Program.class.getName()))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals("64\ntrue\nsockeye-test\nsockeye-test\n", said);
        assertEquals(0, process.waitFor());
        assertEquals(before, NameService.getHostName());
    }

    private static String classes(Class<?> type) throws Exception {
        String name = type.getName().replace('.', '/') + ".class";
        String file = Path.of(type.getResource("/" + name).toURI()).toString();
        return file.substring(0, file.length() - name.length());
    }
}
