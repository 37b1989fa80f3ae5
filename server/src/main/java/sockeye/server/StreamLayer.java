// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.ByteStream;

import java.io.IOException;

/**
 * What stands between the socket and the handler of a connection: TLS, a PROXY header, a handshake
 * of one's own.
 *
 * <p>A server's layers ({@link ServerSettings#withLayers}) are established in their order when a
 * connection has been accepted, each on what the one before has made of it: on the connection's own
 * thread, so that no handshake ever holds up accepting, and within {@link
 * sockeye.wire.TimeLimits#handshake}, which holds for all of them together. A layer therefore sets
 * no deadlines of its own below; it reads and writes, and what it throws ends the connection.
 *
 * <p>The stream that it returns keeps to what {@link ByteStream} promises, and to this:
 *
 * <ul>
 *   <li>{@link ByteStream#shutdownInput} is how a server that stops ends the input. It is called by
 *       another thread while a read may wait: what had arrived is still read, then comes −1, which
 *       is the peer's orderly end as far as the reader can tell, and no error of a stream cut
 *       short.
 *   <li>{@link ByteStream#shutdownOutput} says the layer's own farewell, the close_notify of TLS;
 *       the server then ends the socket's sending, and reads on what still comes for a while before
 *       it calls {@link ByteStream#close}, which closes what is below too and waits for nobody.
 *   <li>{@link ByteStream#unwrap} gives the stream itself by its class, and else asks the one
 *       below.
 *   <li>deadlines reach calls that wait already.
 * </ul>
 */
@FunctionalInterface
public interface StreamLayer {
    /**
     * Makes a stream of a stream; it may be the same one, if the layer has only looked at it.
     *
     * @param below what the layer reads and writes; the connection's socket, for the first
     * @param connection whose stream it is
     * @throws IOException if there is nothing to be made of it: then the connection ends here
     */
    ByteStream establish(ByteStream below, ServerConnection connection) throws IOException;
}
