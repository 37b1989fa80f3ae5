// SPDX-License-Identifier: Apache-2.0
package bench.vertx;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.NetServerOptions;

/**
 * Vert.x on one event loop.
 *
 * <p>{@code VertxEcho PORT}
 */
public final class VertxEcho {

    private VertxEcho() {}

    public static void main(String[] args) {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        vertx.createNetServer(new NetServerOptions().setTcpNoDelay(true).setAcceptBacklog(4096))
                .connectHandler(socket -> socket.handler(socket::write))
                .listen(Integer.parseInt(args[0]), "127.0.0.1")
                .onFailure(Throwable::printStackTrace);
    }
}
