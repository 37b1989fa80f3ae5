// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.AddressFamily;
import sockeye.Endpoint;
import sockeye.LinuxSocket;
import sockeye.PeerCredentials;
import sockeye.SoOption;
import sockeye.reactor.MessageTransport;
import sockeye.reactor.Transport;
import sockeye.wire.PeerFacts;
import sockeye.wire.TlsDetails;

import java.io.IOException;
import java.util.Optional;

/** What a connection knows of its peer, found out when it is asked. */
final class TransportFacts implements PeerFacts {
    private final Transport transport;

    TransportFacts(Transport transport) {
        this.transport = transport;
    }

    @Override
    public @Nullable Endpoint peer() {
        return transport.peer();
    }

    @Override
    public @Nullable Endpoint carrier() {
        Transport lowest = transport;
        while (lowest instanceof LayerTransport layer) {
            lowest = layer.below();
        }
        return lowest.peer();
    }

    @Override
    public @Nullable Endpoint local() {
        return transport.local();
    }

    @Override
    public @Nullable PeerCredentials credentials() {
        return credentialsOf(transport.unwrap(LinuxSocket.class));
    }

    /** Of a connection of messages. */
    static @Nullable PeerCredentials credentialsOf(MessageTransport transport) {
        return credentialsOf(transport.unwrap(LinuxSocket.class));
    }

    private static @Nullable PeerCredentials credentialsOf(Optional<LinuxSocket> socket) {
        return socket.filter(each -> each.family() == AddressFamily.AF_UNIX)
                .map(TransportFacts::credentialsOf)
                .orElse(null);
    }

    @Override
    public @Nullable TlsDetails tls() {
        return transport.unwrap(TlsDetails.class).orElse(null);
    }

    private static @Nullable PeerCredentials credentialsOf(LinuxSocket socket) {
        try {
            return socket.getOption(SoOption.PEER_CRED);
        } catch (IOException unknown) {
            return null;
        }
    }
}
