// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.internal.AdmittedMessages;
import sockeye.reactor.internal.AdmittedTransport;
import sockeye.reactor.internal.Entry;
import sockeye.wire.AccessRules;
import sockeye.wire.AdmissionLimits;
import sockeye.wire.Rejection;

import java.nio.ByteBuffer;
import java.util.function.Function;

/**
 * Lets those in who may come, as many as may, and no faster than they may: a layer of listeners,
 * for any protocol.
 *
 * <pre>{@code
 * var door = Limits.admission(
 *                 AccessRules.EVERYBODY.deny("192.0.2.0/24"),
 *                 AdmissionLimits.DEFAULT.withConnections(1_000).withPerPeer(10))
 *         .telling(why -> "421 " + why + "\r\n");
 * reactor.listen(endpoint, door.over(protocols));
 * }</pre>
 *
 * <p>It counts all connections that it is put on, of one listener or of several, and of all
 * reactors of a group. The protocol above never hears of one that is turned away. Who is turned
 * away reads an end, after what he was told, and no reset; 256 at a time, for beyond that he is cut
 * off at once.
 *
 * <ul>
 *   <li>More than {@link AdmissionLimits#connections} are turned away: {@link Rejection#FULL}. To
 *       have them wait in the kernel's queue is what {@link ServiceHost} does.
 *   <li>What comes faster than {@link AdmissionLimits#rate} waits, unread, and has its place
 *       meanwhile: so no more wait than may be there.
 *   <li>Peers are told apart by {@link Transport#peer()}, after {@link AcceptProxy} the client; on
 *       AF_UNIX by user.
 * </ul>
 *
 * <p>Safe for any thread.
 */
public final class Doorkeeper implements Layer {
    private final AccessRules access;
    private final AdmissionLimits limits;
    private final Function<Rejection, @Nullable Protocol> overflow;
    private final Function<Rejection, @Nullable MessageProtocol> recordOverflow;
    private final Entry.Rules rules;

    private Doorkeeper(
            AccessRules access,
            AdmissionLimits limits,
            Function<Rejection, @Nullable Protocol> overflow,
            Function<Rejection, @Nullable MessageProtocol> recordOverflow) {
        this.access = access;
        this.limits = limits;
        this.overflow = overflow;
        this.recordOverflow = recordOverflow;
        this.rules = new Entry.Rules(access, limits);
    }

    static Doorkeeper of(AccessRules access, AdmissionLimits limits) {
        return new Doorkeeper(access, limits, why -> null, why -> null);
    }

    /**
     * Another one, with nobody there, that says why before it closes. Below TLS that would be no
     * TLS: say something above it, or nothing.
     *
     * @param words what to say, sent in UTF-8; short. Of records it is one.
     */
    public Doorkeeper telling(Function<Rejection, String> words) {
        return new Doorkeeper(
                access,
                limits,
                why -> new Refusal(words.apply(why)),
                why -> new RecordRefusal(words.apply(why)));
    }

    /**
     * Another one, with nobody there, that has a protocol tell who is turned away: it is opened in
     * place of the one above, and cut off after ten seconds.
     *
     * @param overflow makes one for each; null to close at once
     */
    public Doorkeeper handingTo(Function<Rejection, @Nullable Protocol> overflow) {
        return new Doorkeeper(access, limits, overflow, recordOverflow);
    }

    /** Another one, with nobody there, that does the same with who comes with records. */
    public Doorkeeper handingRecordsTo(Function<Rejection, @Nullable MessageProtocol> overflow) {
        return new Doorkeeper(access, limits, this.overflow, overflow);
    }

    @Override
    public Protocol over(Protocol above) {
        return new AdmittedTransport(rules, overflow, above);
    }

    /**
     * This very door for connections of records, SOCK_SEQPACKET: who comes there has one of the
     * same places. A socket of datagrams has nobody to let in, and is closed with {@link
     * UnsupportedOperationException}.
     */
    public MessageLayer forRecords() {
        return above -> new AdmittedMessages(rules, recordOverflow, above);
    }

    /** How many connections have a place now. */
    public int active() {
        return rules.active();
    }

    /** How many connections were turned away for this reason. */
    public long rejected(Rejection why) {
        return rules.rejected(why);
    }

    private record Refusal(String words) implements Protocol {
        @Override
        public void opened(Transport transport) {
            transport.write(words);
            transport.close();
        }

        @Override
        public void received(Transport transport, ByteBuffer bytes) {
            bytes.position(bytes.limit());
        }
    }

    private record RecordRefusal(String words) implements MessageProtocol {
        @Override
        public void opened(MessageTransport transport) {
            transport.send(words);
            transport.close();
        }

        @Override
        public void received(MessageTransport transport, ByteBuffer message) {
            // Nobody is there to hear it.
        }
    }

    @Override
    public String toString() {
        return "Doorkeeper[" + active() + " of " + limits.connections() + "]";
    }
}
