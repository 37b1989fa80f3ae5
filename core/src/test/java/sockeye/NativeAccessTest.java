// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a program is told that has, or has not, been given native access. */
class NativeAccessTest {
    private static final Path CLASSES = location(LinuxSocket.class);

    /** A program that opens a socket, twice. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) throws Exception {
            for (int turn = 0; turn < 2; turn++) {
                try (LinuxSocket socket =
                        LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_STREAM)) {
                    System.out.println("opened " + socket.family());
                } catch (IllegalStateException refused) {
                    System.out.println(refused.getMessage());
                }
            }
        }
    }

    @Test
    void onTheModulePathOneNameIsTheWholeUnsafeSurface() throws Exception {
        assertEquals(
                "opened 2\nopened 2\n",
                java("--illegal-native-access=deny", "--enable-native-access=sockeye", "-p"));
    }

    @Test
    void onTheClassPathAllUnnamedIsNeeded() throws Exception {
        assertEquals(
                "opened 2\nopened 2\n",
                java("--illegal-native-access=deny", "--enable-native-access=ALL-UNNAMED", "-cp"));
    }

    @Test
    void aRefusalIsOneClearSentenceAtEveryCallOnEitherPath() throws Exception {
        for (String path : List.of("-p", "-cp")) {
            List<String> said = java("--illegal-native-access=deny", path).lines().toList();
            assertEquals(2, said.size(), said::toString);
            for (String line : said) {
                assertTrue(line.contains("--enable-native-access=sockeye"), line);
                assertTrue(line.contains("--enable-native-access=ALL-UNNAMED"), line);
            }
        }
    }

    @Test
    void withAccessTheVirtualMachineWarnsOfNothing() throws Exception {
        assertFalse(java("--enable-native-access=sockeye", "-p").contains("WARNING"));
    }

    /** Runs the program; the last of the options says on which path core's classes are. */
    private static String java(String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options).subList(0, options.length - 1));
        String tests = location(NativeAccessTest.class).toString();
        if (options[options.length - 1].equals("-p")) {
            command.addAll(
                    List.of(
                            "-p",
                            CLASSES.toString(),
                            "--patch-module",
                            "sockeye=" + tests,
                            "-m",
                            "sockeye/" + Program.class.getName()));
        } else {
            command.addAll(
                    List.of("-cp", CLASSES + File.pathSeparator + tests, Program.class.getName()));
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
        return said;
    }

    private static Path location(Class<?> type) {
        String file = type.getName().replace('.', '/') + ".class";
        String url = type.getModule().getClassLoader().getResource(file).toString();
        return Path.of(java.net.URI.create(url.substring(0, url.length() - file.length())));
    }
}
