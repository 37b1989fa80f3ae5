// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;

/**
 * Sends back what comes: bytes of a stream as they come, in whatever pieces, and messages whole, an
 * empty one too (RFC 862 for TCP and UDP). The bytes are passed on from the driver's receive
 * buffer: neither copied nor looked at, nothing is allocated, no clock is read. At the end of the
 * stream it closes.
 *
 * <p>A stream has no messages here; {@link StreamMachine#messages()} counts the pieces as they were
 * fed, which the network, not the peer, has cut.
 */
public final class EchoService implements StreamService, MessageService {
    /** The service; it has neither settings nor state. */
    public EchoService() {}

    @Override
    public StreamMachine open() {
        return new Connection();
    }

    @Override
    public void received(ByteBuffer message, Moment now, Output out) {
        out.pass(message);
    }

    @Override
    public String toString() {
        return "echo";
    }

    private static final class Connection implements StreamMachine {
        private long pieces;

        @Override
        public void received(ByteBuffer input, Moment now, Output out) {
            out.pass(input);
            pieces++;
        }

        @Override
        public void ended(Moment now, Output out) {
            out.close();
        }

        @Override
        public long messages() {
            return pieces;
        }
    }
}
