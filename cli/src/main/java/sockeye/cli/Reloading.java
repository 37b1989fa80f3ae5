// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import sockeye.reactor.Layer;
import sockeye.server.StreamLayer;

import java.io.IOException;
import java.util.function.Consumer;

/** A layer of a server that is made of files, which may change while it is in use. */
interface Reloading extends StreamLayer, AutoCloseable {
    /** The same as a layer of a reactor. */
    Layer onReactor();

    /**
     * Looks at the files anew whenever they change, from now on until it is closed.
     *
     * @param say is told what came of it
     */
    void watch(Consumer<String> say) throws IOException;

    @Override
    void close() throws IOException;
}
