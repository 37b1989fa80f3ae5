// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.ByteStream;
import sockeye.ChildCommand;
import sockeye.ChildExit;
import sockeye.ChildProcess;
import sockeye.ChildStream;
import sockeye.Endpoint;
import sockeye.ProcessSignal;
import sockeye.StreamSocket;

import java.io.IOException;

/** A process for each connection, which is its standard input and output. */
record ChildHandler(ChildCommand command) implements StreamHandler {
    @Override
    public void handle(ByteStream client) throws IOException {
        if (!(client instanceof StreamSocket socket)) {
            throw new IllegalStateException("a process gets the bare socket, without layers");
        }
        ServerConnection connection = ServerConnection.current();
        ChildStream stream = ChildStream.of(socket);
        ChildCommand whole =
                command.with(0, stream)
                        .with(1, stream)
                        .withVariable("SOCKEYE_PEER", text(connection.peer()))
                        .withVariable("SOCKEYE_LOCAL", text(connection.local()));
        try (ChildProcess child = whole.start()) {
            ChildExit exit;
            try {
                exit = child.await();
            } catch (IOException | RuntimeException | Error cutOff) {
                // The server waits for nobody any more.
                child.signal(ProcessSignal.SIGKILL);
                throw cutOff;
            }
            if (!exit.equals(new ChildExit.Exited(0))) {
                throw new IOException(command.words().getFirst() + ": " + exit);
            }
        }
    }

    private static String text(@Nullable Endpoint endpoint) {
        return endpoint == null ? "" : endpoint.toString();
    }
}
