// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.MessageSocket;

import java.time.Duration;

/** Serves a connection of messages: its handler, and the close that lets all arrive. */
final class RecordServing implements AcceptLoop.Serving<MessageSocket> {
    private final Duration linger;
    private final MessageHandler handler;

    RecordServing(ServerSettings settings, MessageHandler handler) {
        this.linger = settings.linger();
        this.handler = handler;
    }

    @Override
    public void serve(ServerConnection connection, MessageSocket client) throws Exception {
        try {
            connection.verify();
        } catch (RejectedException refused) {
            Lingering.linger(client.socket(), linger);
            throw refused;
        }
        if (handler instanceof RecordDriver driver) {
            if (driver.serve(connection, client)) {
                return;
            }
        } else {
            handler.handle(client);
        }
        connection.leaves();
        Lingering.linger(client.socket(), linger);
    }
}
