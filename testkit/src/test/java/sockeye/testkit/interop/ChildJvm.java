// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import java.util.ArrayList;
import java.util.List;

/** How to run a main class of these tests in a JVM of its own. */
final class ChildJvm {
    private ChildJvm() {}

    static List<String> command(Class<?> main, String... arguments) {
        var command = new ArrayList<String>();
        command.add(System.getProperty("java.home") + "/bin/java");
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp"));
        String plain = System.getProperty("java.class.path");
        command.add(System.getProperty("surefire.test.class.path", plain));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return command;
    }
}
