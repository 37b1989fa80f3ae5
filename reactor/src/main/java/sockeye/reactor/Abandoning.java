// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.AddressFamily;
import sockeye.Endpoint;
import sockeye.EndpointScheme;
import sockeye.EndpointSpec;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.InetEndpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;

/** Gives up a connected socket of datagrams whose other end is gone for good. */
final class Abandoning implements MessageProtocol {
    private static final Set<Errno> GONE =
            Set.of(
                    Errno.ECONNRESET,
                    Errno.ENOTCONN,
                    Errno.EPIPE,
                    Errno.ENETDOWN,
                    Errno.ENODEV,
                    Errno.ENOENT);

    private final boolean comesBack;
    private final MessageProtocol own;
    private @Nullable Throwable why;

    Abandoning(Endpoint peer, MessageProtocol own) {
        this(peer instanceof InetEndpoint, own);
    }

    Abandoning(EndpointSpec peer, MessageProtocol own) {
        this(isInet(peer.scheme()), own);
    }

    private static boolean isInet(EndpointScheme scheme) {
        return scheme.family() == AddressFamily.AF_UNSPEC && !scheme.isDescriptor();
    }

    private Abandoning(boolean comesBack, MessageProtocol own) {
        this.comesBack = comesBack;
        this.own = own;
    }

    @Override
    public void opened(MessageTransport transport) throws Exception {
        own.opened(transport);
    }

    @Override
    public void received(MessageTransport transport, ByteBuffer message) throws Exception {
        own.received(transport, message);
    }

    @Override
    public void failed(MessageTransport transport, IOException failure) throws Exception {
        own.failed(transport, failure);
        if (why == null && isGone(failure)) {
            why = failure;
            transport.abort();
        }
    }

    private boolean isGone(IOException failure) {
        if (!(failure instanceof ErrnoFailure known)) {
            return false;
        }
        Errno errno = known.errno();
        return GONE.contains(errno) || (!comesBack && errno.equals(Errno.ECONNREFUSED));
    }

    @Override
    public void ended(MessageTransport transport) throws Exception {
        own.ended(transport);
    }

    @Override
    public void writable(MessageTransport transport, boolean writable) throws Exception {
        own.writable(transport, writable);
    }

    @Override
    public void closed(MessageTransport transport, @Nullable Throwable reason) throws Exception {
        own.closed(transport, why == null ? reason : why);
    }
}
