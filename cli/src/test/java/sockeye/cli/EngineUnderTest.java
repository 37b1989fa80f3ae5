// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import java.io.IOException;
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

    /** {@link Serving#on}, by this engine. */
    Serving on(int count, String... args) throws IOException {
        Stream<String> options = Stream.of(("--engine=" + name).split(" "));
        return Serving.on(count, Stream.concat(options, Stream.of(args)).toArray(String[]::new));
    }
}
