// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.wire.MessageService;
import sockeye.wire.PeerFacts;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Answers datagrams by a service of {@code sockeye.wire}. */
final class DatagramDriver implements DatagramHandler {
    private final MessageService service;

    DatagramDriver(MessageService service) {
        this.service = service;
    }

    @Override
    public void handle(Request request) throws IOException {
        Workspace space = Workspace.borrow();
        try {
            space.now.reset();
            service.received(request.payload(), facts(request), space.now, space.output);
            ByteBuffer answer = space.answer();
            if (answer != null) {
                request.reply(answer);
            }
        } finally {
            space.giveBack();
        }
    }

    /** Whether it wants to know who sends. */
    boolean asksCredentials() {
        return service.asksCredentials();
    }

    private static PeerFacts facts(Request request) {
        return switch (request) {
            case DatagramLoop.Received received -> received;
            case DatagramLoop.Kept kept -> kept;
        };
    }
}
