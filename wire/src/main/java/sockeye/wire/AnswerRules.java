// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whom a server of datagrams answers, and how much: over IP, where anybody can write another's
 * address as the sender's. A server that answered whatever it was asked would be a weapon: against
 * the forged sender, with more than was asked, or against two services that answer each other for
 * ever. Immutable.
 *
 * <p><b>Size.</b> An answer is at most {@code factor} times as long as its question, both counted
 * with their headers ({@value #IPV4_HEADERS} bytes over IPv4, {@value #IPV6_HEADERS} over IPv6), as
 * the victim's line counts them. So with 3, as in QUIC (RFC 9000, section 8.1), an empty question
 * over IPv4 deserves 56 bytes, one of 100 bytes 356.
 *
 * <p><b>Loops.</b> Nobody sends questions from the port of a service that answers; whoever seems to
 * wants the two to talk to each other (CVE-2024-2169). So questions from such a port are not
 * answered, nor those from a port of one of our own servers on this machine, nor those from port 0,
 * which is nobody's. What loops all the same, with a service at a port that nobody could know, the
 * rate bounds.
 *
 * @param factor 1 or more; 0 for answers of any size
 * @param refusedPorts source ports that are not answered, 1 to 65,535; 0 never is
 * @param refuseOwnPorts whether the ports of this process's servers are not answered, asked from an
 *     address of this machine
 * @param peerRate how fast one peer is answered
 * @param spareLoopback whether peers on the loopback are answered at any rate: nobody outside can
 *     forge their addresses
 */
public record AnswerRules(
        int factor,
        Set<Integer> refusedPorts,
        boolean refuseOwnPorts,
        RateLimit peerRate,
        boolean spareLoopback) {

    /** What UDP over IPv4 adds to a datagram. */
    public static final int IPV4_HEADERS = 28;

    /** What UDP over IPv6 adds to a datagram. */
    public static final int IPV6_HEADERS = 48;

    /**
     * Services that answer anybody, whatever he says: echo (7), systat (11), daytime (13), qotd
     * (17), msp (18), chargen (19), time (37), and those that answer what is no question with an
     * error: DNS (53), TFTP (69), NTP (123). Who writes a server for one of the last, and has peers
     * that ask from its port, takes it out.
     */
    public static final Set<Integer> SERVICE_PORTS = Set.of(7, 11, 13, 17, 18, 19, 37, 53, 69, 123);

    /**
     * Three times the question, not to {@linkplain #SERVICE_PORTS services} or our own ports, and a
     * peer that is not on this machine 10,000 times a second.
     */
    public static final AnswerRules DEFAULT =
            new AnswerRules(3, SERVICE_PORTS, true, RateLimit.perSecond(10_000), true);

    /** Everybody is answered everything, but for port 0: for a network that can be trusted. */
    public static final AnswerRules NONE =
            new AnswerRules(0, Set.of(), false, RateLimit.NONE, true);

    private static final int MOST_FACTOR = 1 << 16;

    /** Why a question is not answered. */
    public enum Refusal {
        /** It came from port 0, to which nothing can be sent. */
        NO_PORT,
        /** It came from the port of a service that answers. */
        SERVICE_PORT,
        /** It came from this machine, from the port of one of our own servers. */
        OWN_PORT,
        /** Its sender is answered too often. */
        RATE,
        /** The answer is too long for the question. */
        SIZE
    }

    public AnswerRules {
        Objects.requireNonNull(peerRate);
        refusedPorts = Set.copyOf(refusedPorts);
        if (factor < 0 || factor > MOST_FACTOR) {
            throw new IllegalArgumentException("a factor of 0 to 65536: " + factor);
        }
        for (int port : refusedPorts) {
            if (port < 1 || port > 0xFFFF) {
                throw new IllegalArgumentException("no port: " + port);
            }
        }
    }

    /** The same with another factor; 0 for none. */
    public AnswerRules withFactor(int factor) {
        return new AnswerRules(factor, refusedPorts, refuseOwnPorts, peerRate, spareLoopback);
    }

    /** The same with other ports that are not answered. */
    public AnswerRules withRefusedPorts(Set<Integer> ports) {
        return new AnswerRules(factor, ports, refuseOwnPorts, peerRate, spareLoopback);
    }

    /** The same, answering our own ports or not. */
    public AnswerRules withRefuseOwnPorts(boolean refuse) {
        return new AnswerRules(factor, refusedPorts, refuse, peerRate, spareLoopback);
    }

    /** The same with another rate of one peer. */
    public AnswerRules withPeerRate(RateLimit rate) {
        return new AnswerRules(factor, refusedPorts, refuseOwnPorts, rate, spareLoopback);
    }

    /** The same, sparing the loopback the rate or not. */
    public AnswerRules withSpareLoopback(boolean spare) {
        return new AnswerRules(factor, refusedPorts, refuseOwnPorts, peerRate, spare);
    }

    /**
     * How long an answer may be.
     *
     * @param question how many bytes were asked
     * @param ipv4 whether over IPv4
     */
    public int room(int question, boolean ipv4) {
        if (factor == 0) {
            return Integer.MAX_VALUE;
        }
        int headers = ipv4 ? IPV4_HEADERS : IPV6_HEADERS;
        long room = (long) factor * (question + headers) - headers;
        return (int) Math.min(room, Integer.MAX_VALUE);
    }

    @Override
    public String toString() {
        return "AnswerRules[factor %d, not to %s%s, %s]"
                .formatted(
                        factor,
                        new TreeSet<>(refusedPorts),
                        refuseOwnPorts ? " and our own" : "",
                        peerRate);
    }
}
