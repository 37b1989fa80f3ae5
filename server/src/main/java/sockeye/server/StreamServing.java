// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.ByteStream;
import sockeye.Deadline;
import sockeye.StreamSocket;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;

/** Serves a connection of bytes: its layers, its handler, and the close that lets all arrive. */
final class StreamServing implements AcceptLoop.Serving<StreamSocket> {
    private static final Deadline PASSED = Deadline.after(Duration.ZERO);

    private final List<StreamLayer> layers;
    private final Duration handshake;
    private final Duration linger;
    private final StreamHandler handler;

    StreamServing(ServerSettings settings, StreamHandler handler) {
        this.layers = settings.layers();
        this.handshake = settings.limits().times().handshake();
        this.linger = settings.linger();
        this.handler = handler;
    }

    @Override
    public void serve(ServerConnection connection, StreamSocket client) throws Exception {
        if (!layers.isEmpty()) {
            serveLayered(connection, client);
            return;
        }
        try {
            connection.verify();
        } catch (RejectedException refused) {
            connection.door().tell(client.socket(), refused.why());
            Lingering.linger(client.socket(), linger);
            throw refused;
        }
        if (handler instanceof StreamDriver driver) {
            if (!driver.serve(connection, client)) {
                connection.leaves();
                Lingering.linger(client.socket(), linger);
            }
        } else {
            handler.handle(client);
            if (client.isOpen()) {
                client.flush();
                connection.leaves();
                Lingering.linger(client.socket(), linger);
            }
        }
    }

    private void serveLayered(ServerConnection connection, StreamSocket client) throws Exception {
        ByteStream top = establish(connection, client);
        try {
            try {
                connection.verify();
            } catch (RejectedException refused) {
                finish(connection, top, false);
                throw refused;
            }
            boolean peerEnded = false;
            if (handler instanceof StreamDriver driver) {
                peerEnded = driver.serve(connection, top);
            } else {
                handler.handle(top);
            }
            if (top.isOpen()) {
                finish(connection, top, peerEnded);
            }
        } finally {
            close(top);
        }
    }

    /** Runs all layers under one deadline. */
    private ByteStream establish(ServerConnection connection, StreamSocket client)
            throws IOException {
        Deadline by = handshake.isZero() ? Deadline.NONE : Deadline.after(handshake);
        client.readDeadline(by);
        client.writeDeadline(by);
        ByteStream top = client;
        try {
            for (StreamLayer layer : layers) {
                top = layer.establish(top, connection);
            }
        } catch (SocketTimeoutException tooSlow) {
            close(top);
            throw by.isPassed() ? connection.handshakeExceeded(tooSlow) : tooSlow;
        } catch (RejectedException rejected) {
            Door door = connection.door();
            door.note(connection.local(), connection.peer(), rejected.why());
            door.tell(client.socket(), rejected.why());
            close(top);
            throw rejected;
        } catch (IOException | RuntimeException | Error failed) {
            // The layer may have said why: that shall arrive.
            Lingering.linger(client.socket(), linger);
            close(top);
            throw failed;
        }
        client.readDeadline(Deadline.NONE);
        client.writeDeadline(Deadline.NONE);
        connection.layered(top);
        return top;
    }

    /** What a layer still has to say goes if there is room for it, and waits for nobody. */
    private static void close(ByteStream top) {
        top.readDeadline(PASSED);
        top.writeDeadline(PASSED);
        try {
            top.close();
        } catch (IOException over) {
            // The socket below is closed by whom it belongs to.
        }
    }

    /** Says farewell from the top to the bottom, and reads on for a while. */
    private void finish(ServerConnection connection, ByteStream top, boolean peerEnded)
            throws IOException {
        Deadline by = Deadline.after(linger);
        top.writeDeadline(by);
        top.flush();
        try {
            top.shutdownOutput();
        } catch (UnsupportedOperationException closingIsTheOnlyEnd) {
            return;
        }
        if (!peerEnded) {
            connection.leaves();
            Lingering.linger(connection.socket(), linger);
        }
    }
}
