// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.PeerCredentials;

import java.nio.ByteBuffer;

/**
 * Tells its clients who they are to the server: to each connection at once, which it then closes,
 * and in answer to each datagram or record, whatever that says. One fact a line, a name and a
 * value, ended by LF; what is not known is left out:
 *
 * <table>
 * <caption>The facts, in this order</caption>
 * <tr><th>name</th><th>value</th></tr>
 * <tr><td>{@code peer}</td><td>who you are, as the server sees it</td></tr>
 * <tr><td>{@code carrier}</td><td>who has connected, if a proxy stands between</td></tr>
 * <tr><td>{@code local}</td><td>the address that you came to</td></tr>
 * <tr><td>{@code pid uid gid}</td><td>AF_UNIX: process, user and group</td></tr>
 * <tr><td>{@code tls cipher}</td><td>the version of TLS and its cipher suite</td></tr>
 * <tr><td>{@code server-name}</td><td>the name that the client asked for (SNI)</td></tr>
 * <tr><td>{@code protocol}</td><td>what is spoken inside TLS (ALPN)</td></tr>
 * <tr><td>{@code subject}</td><td>of the certificate that the client has shown</td></tr>
 * </table>
 *
 * <p>A value is a byte per character of printing ASCII; anything else is shown as {@code ?}. Lines
 * that no longer fit into 512 bytes, or into {@link PeerFacts#answerRoom}, are left out.
 *
 * <p>Neither settings nor state. It allocates what the texts take.
 */
public final class WhoService implements StreamService, MessageService {
    private static final int LONGEST = Output.MINIMUM;

    /** The service; it has neither settings nor state. */
    public WhoService() {}

    /** A machine that knows nobody: it tells nothing, and closes. */
    @Override
    public StreamMachine open() {
        return open(PeerFacts.UNKNOWN);
    }

    @Override
    public StreamMachine open(PeerFacts facts) {
        return new OneAnswer(this, facts);
    }

    @Override
    public void received(ByteBuffer message, Moment now, Output out) {
        received(message, PeerFacts.UNKNOWN, now, out);
    }

    @Override
    public void received(ByteBuffer message, PeerFacts facts, Moment now, Output out) {
        OneAnswer.ignore(message);
        var lines = new Lines(out.buffer(), Math.min(LONGEST, facts.answerRoom()));
        Endpoint peer = facts.peer();
        Endpoint carrier = facts.carrier();
        lines.put("peer", peer);
        lines.put("carrier", carrier == null || carrier.equals(peer) ? null : carrier);
        lines.put("local", facts.local());
        PeerCredentials process = facts.credentials();
        if (process != null) {
            lines.put("pid", process.pid());
            lines.put("uid", Integer.toUnsignedString(process.uid()));
            lines.put("gid", Integer.toUnsignedString(process.gid()));
        }
        TlsDetails tls = facts.tls();
        if (tls != null) {
            lines.put("tls", tls.protocol());
            lines.put("cipher", tls.cipher());
            lines.put("server-name", said(tls.serverName()));
            lines.put("protocol", said(tls.application()));
            lines.put("subject", subject(tls));
        }
    }

    @Override
    public boolean asksCredentials() {
        return true;
    }

    @Override
    public String toString() {
        return "who";
    }

    private static @Nullable String said(String text) {
        return text.isEmpty() ? null : text;
    }

    private static @Nullable String subject(TlsDetails tls) {
        return tls.peerCertificates().isEmpty()
                ? null
                : tls.peerCertificates().getFirst().getSubjectX500Principal().getName();
    }

    /** Lines while there is room for them. */
    private static final class Lines {
        private final ByteBuffer target;
        private int room;

        Lines(ByteBuffer target, int room) {
            this.target = target;
            this.room = room;
        }

        void put(String name, @Nullable Object value) {
            if (value == null) {
                return;
            }
            String line = name + ' ' + value;
            if (line.length() >= room) {
                return;
            }
            for (int i = 0; i < line.length(); i++) {
                char c = line.charAt(i);
                target.put((byte) (c >= ' ' && c <= '~' ? c : '?'));
            }
            target.put((byte) '\n');
            room -= line.length() + 1;
        }
    }
}
