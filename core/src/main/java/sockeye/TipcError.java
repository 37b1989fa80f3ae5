// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.Serializable;

/**
 * Why TIPC returned a message to its sender, or ended a connection: a number of the kernel with its
 * symbol and a sentence. An open value, as {@link Errno} is.
 *
 * @param number the kernel's number, 0 to 4294967295; 0 is no error
 */
public record TipcError(long number) implements Serializable {
    private static final long TIPC_OK = 0;
    private static final long TIPC_ERR_NO_NAME = 1;
    private static final long TIPC_ERR_NO_PORT = 2;
    private static final long TIPC_ERR_NO_NODE = 3;
    private static final long TIPC_ERR_OVERLOAD = 4;
    private static final long TIPC_CONN_SHUTDOWN = 5;

    /** 0: no error. */
    public static final TipcError OK = new TipcError(TIPC_OK);

    /** 1: nobody offers the service, any more. */
    public static final TipcError NO_NAME = new TipcError(TIPC_ERR_NO_NAME);

    /** 2: the socket is gone; on a connection, it was closed. */
    public static final TipcError NO_PORT = new TipcError(TIPC_ERR_NO_PORT);

    /** 3: the node is gone, or cannot be reached. */
    public static final TipcError NO_NODE = new TipcError(TIPC_ERR_NO_NODE);

    /** 4: the receiver's queue is full. */
    public static final TipcError OVERLOAD = new TipcError(TIPC_ERR_OVERLOAD);

    /** 5: the peer has shut the connection down in order. */
    public static final TipcError CONN_SHUTDOWN = new TipcError(TIPC_CONN_SHUTDOWN);

    /**
     * Checks the number.
     *
     * @throws IllegalArgumentException if it is not 0 to 4294967295
     */
    public TipcError {
        TipcSockaddr.check("error", number);
    }

    /** The kernel's name, {@code TIPC_ERR_NO_PORT}; {@code TIPC_ERR_9} for an unknown number. */
    public String symbol() {
        return switch ((int) number) {
            case (int) TIPC_OK -> "TIPC_OK";
            case (int) TIPC_ERR_NO_NAME -> "TIPC_ERR_NO_NAME";
            case (int) TIPC_ERR_NO_PORT -> "TIPC_ERR_NO_PORT";
            case (int) TIPC_ERR_NO_NODE -> "TIPC_ERR_NO_NODE";
            case (int) TIPC_ERR_OVERLOAD -> "TIPC_ERR_OVERLOAD";
            case (int) TIPC_CONN_SHUTDOWN -> "TIPC_CONN_SHUTDOWN";
            default -> "TIPC_ERR_" + number;
        };
    }

    /** What it means, in a few words. */
    public String text() {
        return switch ((int) number) {
            case (int) TIPC_OK -> "no error";
            case (int) TIPC_ERR_NO_NAME -> "nobody offers the service";
            case (int) TIPC_ERR_NO_PORT -> "the socket is gone";
            case (int) TIPC_ERR_NO_NODE -> "the node is gone";
            case (int) TIPC_ERR_OVERLOAD -> "the receiver's queue is full";
            case (int) TIPC_CONN_SHUTDOWN -> "the peer has shut down";
            default -> "unknown error";
        };
    }

    /** Symbol, number and text: {@code TIPC_ERR_NO_PORT (2) the socket is gone}. */
    @Override
    public String toString() {
        return symbol() + " (" + number + ") " + text();
    }
}
