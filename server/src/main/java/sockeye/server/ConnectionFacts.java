// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static sockeye.AddressFamily.AF_UNIX;

import org.jspecify.annotations.Nullable;

import sockeye.ByteStream;
import sockeye.Endpoint;
import sockeye.LinuxSocket;
import sockeye.PeerCredentials;
import sockeye.SoOption;
import sockeye.wire.PeerFacts;
import sockeye.wire.TlsDetails;

import java.io.IOException;

/** What a server knows of the other end of a connection; found out when it is asked. */
final class ConnectionFacts implements PeerFacts {
    private final ServerConnection connection;
    private final LinuxSocket socket;

    ConnectionFacts(ServerConnection connection) {
        this.connection = connection;
        this.socket = connection.socket();
    }

    @Override
    public @Nullable Endpoint peer() {
        return connection.peer();
    }

    @Override
    public @Nullable Endpoint carrier() {
        return connection.carrier();
    }

    /** Of a server at all addresses, the one that the peer chose. */
    @Override
    public Endpoint local() {
        Endpoint local = connection.local();
        if (local.isWildcard()) {
            try {
                return socket.getSockName();
            } catch (IOException closed) {
                return local;
            }
        }
        return local;
    }

    @Override
    public @Nullable PeerCredentials credentials() {
        if (socket.family() != AF_UNIX) {
            return null;
        }
        try {
            return socket.getOption(SoOption.PEER_CRED);
        } catch (IOException closed) {
            return null;
        }
    }

    @Override
    public @Nullable TlsDetails tls() {
        ByteStream top = connection.layered();
        return top == null
                ? null
                : top.unwrap(TlsStream.class).map(TlsStream::details).orElse(null);
    }
}
