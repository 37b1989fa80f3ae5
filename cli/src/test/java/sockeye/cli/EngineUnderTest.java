// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/** What {@code serve} can be asked to serve with: the same tests are run with each. */
enum EngineUnderTest {
    THREADS("threads"),
    /** By io_uring, where this kernel has it. */
    REACTOR("reactor"),
    EPOLL("reactor --driver=epoll");

    private final String name;

    EngineUnderTest(String name) {
        this.name = name;
    }

    /** The options that have it serve. */
    List<String> options() {
        return List.of(("--engine=" + name).split(" "));
    }

    /** {@link Serving#on}, by this engine. */
    Serving on(int count, String... args) throws IOException {
        return Serving.on(
                count, Stream.concat(options().stream(), Stream.of(args)).toArray(String[]::new));
    }
}
