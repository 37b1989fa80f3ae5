// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import sockeye.LinuxSocket;

import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The page about Python's socket object names tests and methods that exist. */
class SocketsPageTest {
    private static final Pattern TEST = Pattern.compile("`(\\w+Test)\\.(\\w+)`");
    private static final Pattern VERB = Pattern.compile("`(\\w+)\\(");

    private static List<String[]> rows() throws Exception {
        return Files.readAllLines(Path.of("../docs/sockets.md")).stream()
                .filter(each -> each.startsWith("| `"))
                .map(each -> each.split("\\|"))
                .toList();
    }

    @Test
    void everyRowNamesATestThatExists() throws Exception {
        var missing = new TreeSet<String>();
        for (String[] row : rows()) {
            var named = TEST.matcher(row[4]);
            if (!named.find()) {
                missing.add("no test: " + row[1]);
                continue;
            }
            Class<?> type = Class.forName("sockeye.testkit." + named.group(1));
            if (!hasTest(type, named.group(2))) {
                missing.add(named.group());
            }
        }
        assertEquals(Set.of(), missing);
    }

    private static boolean hasTest(Class<?> type, String name) {
        for (Class<?> each = type; each != null; each = each.getSuperclass()) {
            for (Method method : each.getDeclaredMethods()) {
                if (method.getName().equals(name)
                        && Arrays.stream(method.getAnnotations())
                                .anyMatch(a -> a.annotationType().getName().contains("Test"))) {
                    return true;
                }
            }
        }
        return false;
    }

    @Test
    void everyVerbOfOursExists() throws Exception {
        Set<String> ours =
                Arrays.stream(LinuxSocket.class.getMethods())
                        .map(Method::getName)
                        .collect(Collectors.toSet());
        var unknown = new TreeSet<String>();
        for (String[] row : rows()) {
            VERB.matcher(row[2])
                    .results()
                    .map(each -> each.group(1))
                    .filter(each -> !ours.contains(each))
                    .forEach(unknown::add);
        }
        assertEquals(Set.of(), unknown);
    }

    @Test
    void theWholeTableOfPythonIsThere() throws Exception {
        String all = rows().stream().map(each -> each[1]).collect(Collectors.joining("\n"));
        for (String name :
                List.of(
                        "bind",
                        "listen",
                        "accept",
                        "connect",
                        "connect_ex",
                        "recv",
                        "recv_into",
                        "send",
                        "sendall",
                        "recvfrom",
                        "recvfrom_into",
                        "sendto",
                        "getpeername",
                        "getsockname",
                        "getsockopt",
                        "setsockopt",
                        "shutdown",
                        "close",
                        "detach",
                        "ioctl",
                        "setblocking",
                        "settimeout",
                        "gettimeout",
                        "fileno",
                        "makefile",
                        "family",
                        "type",
                        "proto")) {
            assertTrue(Pattern.compile("`s\\." + name + "[(`]").matcher(all).find(), name);
        }
    }
}
