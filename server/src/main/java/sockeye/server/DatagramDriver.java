// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.wire.MessageService;

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
            service.received(request.payload(), space.now, space.output);
            ByteBuffer answer = space.answer();
            if (answer != null) {
                request.reply(answer);
            }
        } finally {
            space.giveBack();
        }
    }
}
