// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import sockeye.EndpointOptions;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/**
 * Users by name or number. Names are asked of getent(1), which knows every source that the system
 * has.
 */
final class Accounts {
    private static final int HIGHEST = Integer.MAX_VALUE;

    private Accounts() {}

    /** {@code trust-user=haproxy} or {@code trust-user=33}. */
    static OptionalInt takeUser(EndpointOptions options, String option) {
        String name = options.take(option);
        if (name == null) {
            return OptionalInt.empty();
        }
        if (name.matches("[0-9]+")) {
            return OptionalInt.of(options.takeInt(option, 0, HIGHEST, 0));
        }
        try {
            return OptionalInt.of(lookUp(name));
        } catch (IOException unknown) {
            throw options.refuse(option, "no such user");
        }
    }

    /** A user by name or number. */
    static int user(String name) throws IOException {
        return name.matches("[0-9]{1,10}") ? Integer.parseInt(name) : lookUp(name);
    }

    private static int lookUp(String name) throws IOException {
        if (!name.matches("[A-Za-z0-9_][A-Za-z0-9_.@\\\\$-]*")) {
            throw new IOException("no name: " + name);
        }
        var getent = new ProcessBuilder("getent", "passwd", name).redirectErrorStream(true).start();
        getent.getOutputStream().close();
        try (var answer = getent.getInputStream()) {
            var fields =
                    new String(answer.readNBytes(64 << 10), StandardCharsets.UTF_8).split(":", 4);
            return Integer.parseInt(fields.length == 4 ? fields[2] : "");
        } catch (NumberFormatException none) {
            throw new IOException("not found: " + name, none);
        } finally {
            getent.destroy();
        }
    }
}
