// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import java.util.Objects;

/**
 * How a {@link ReactorGroup} is to be.
 *
 * @param reactors how many, 1 to 1,024
 * @param name what their threads are called, with a number behind it; the kernel shows the first 15
 *     bytes (ps -L, top -H)
 * @param spreading how connections come to them
 * @param reactor how each of them is to be; its {@code failures} are told by any of their threads,
 *     also of a reactor that failed as a whole
 */
public record GroupSettings(
        int reactors, String name, Spreading spreading, ReactorSettings reactor) {
    private static final int MOST = 1_024;

    /** One for each processor, {@code reactor-0} and so on, spread by the kernel. */
    public static final GroupSettings DEFAULT =
            new GroupSettings(
                    Math.min(MOST, Runtime.getRuntime().availableProcessors()),
                    "reactor",
                    Spreading.BY_KERNEL,
                    ReactorSettings.DEFAULT);

    /** Checks the parts. */
    public GroupSettings {
        Objects.requireNonNull(name);
        Objects.requireNonNull(spreading);
        Objects.requireNonNull(reactor);
        if (reactors < 1 || reactors > MOST) {
            throw new IllegalArgumentException("1 to " + MOST + " reactors: " + reactors);
        }
    }

    /** The same with another number of reactors. */
    public GroupSettings withReactors(int reactors) {
        return new GroupSettings(reactors, name, spreading, reactor);
    }

    /** The same with threads of another name. */
    public GroupSettings withName(String name) {
        return new GroupSettings(reactors, name, spreading, reactor);
    }

    /** The same with another way for connections to come. */
    public GroupSettings withSpreading(Spreading spreading) {
        return new GroupSettings(reactors, name, spreading, reactor);
    }

    /** The same with reactors that are different. */
    public GroupSettings withReactor(ReactorSettings reactor) {
        return new GroupSettings(reactors, name, spreading, reactor);
    }
}
