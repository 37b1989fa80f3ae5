// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.wire.AccessRules;
import sockeye.wire.AdmissionLimits;
import sockeye.wire.AnswerRules;
import sockeye.wire.IpNetwork;
import sockeye.wire.ProxyTrust;
import sockeye.wire.TimeLimits;

import java.util.Objects;

/**
 * Whom a {@link ServiceHost} serves, how many, how long, and what it answers to datagrams. What is
 * not said is safe: a host that faces strangers needs no more than {@link #DEFAULT}.
 *
 * @param access who may connect, and whose messages are heard
 * @param admission how many connections, in all and of one peer, and how fast they may come
 * @param times how long a connection may take for what
 * @param maxMessage the longest message in bytes, 1 to 65,536: a longer datagram is dropped and
 *     counted, never handled in part; a longer record ends its connection
 * @param answers to whom a host of datagrams sends answers, and how much
 * @param layers what stands between the sockets and the service, {@link Tls} for instance; of
 *     streams alone. All of them together have {@link TimeLimits#handshake} to get ready
 * @param proxies whose connections count for nobody until they have named their client, who then
 *     has to be admitted: those whom an {@link AcceptProxy} among the layers trusts
 * @param observer who is told
 */
public record HostSettings(
        AccessRules access,
        AdmissionLimits admission,
        TimeLimits times,
        int maxMessage,
        AnswerRules answers,
        Layer layers,
        ProxyTrust proxies,
        HostObserver observer) {
    private static final int LONGEST_MESSAGE = 64 << 10;
    private static final IpNetwork[] NOBODY = {};

    /**
     * Everybody, {@linkplain AdmissionLimits#DEFAULT 16,384 connections, 4,096 of one peer},
     * {@linkplain TimeLimits#DEFAULT times} that harm no honest peer, messages of any length,
     * {@linkplain AnswerRules#DEFAULT answers} that are no weapon; nobody is told.
     */
    public static final HostSettings DEFAULT =
            new HostSettings(
                    AccessRules.EVERYBODY,
                    AdmissionLimits.DEFAULT,
                    TimeLimits.DEFAULT,
                    LONGEST_MESSAGE,
                    AnswerRules.DEFAULT,
                    above -> above,
                    ProxyTrust.in(NOBODY),
                    new HostObserver() {});

    /** Checks the parts. */
    public HostSettings {
        Objects.requireNonNull(access);
        Objects.requireNonNull(admission);
        Objects.requireNonNull(times);
        Objects.requireNonNull(answers);
        Objects.requireNonNull(layers);
        Objects.requireNonNull(proxies);
        Objects.requireNonNull(observer);
        if (maxMessage < 1 || maxMessage > LONGEST_MESSAGE) {
            throw new IllegalArgumentException("messages of 1 to 65536 bytes: " + maxMessage);
        }
    }

    /** The same with other rules on who may come. */
    public HostSettings withAccess(AccessRules access) {
        return new HostSettings(
                access, admission, times, maxMessage, answers, layers, proxies, observer);
    }

    /** The same with other limits on connections. */
    public HostSettings withAdmission(AdmissionLimits admission) {
        return new HostSettings(
                access, admission, times, maxMessage, answers, layers, proxies, observer);
    }

    /** The same with other limits on times. */
    public HostSettings withTimes(TimeLimits times) {
        return new HostSettings(
                access, admission, times, maxMessage, answers, layers, proxies, observer);
    }

    /** The same with another limit of messages, in bytes. */
    public HostSettings withMaxMessage(int maxMessage) {
        return new HostSettings(
                access, admission, times, maxMessage, answers, layers, proxies, observer);
    }

    /** The same with other rules about answers to datagrams. */
    public HostSettings withAnswers(AnswerRules answers) {
        return new HostSettings(
                access, admission, times, maxMessage, answers, layers, proxies, observer);
    }

    /** The same with something between sockets and service, the nearest to the socket first. */
    public HostSettings withLayers(Layer layers) {
        return new HostSettings(
                access, admission, times, maxMessage, answers, layers, proxies, observer);
    }

    /** The same with proxies whose word is taken. */
    public HostSettings withProxies(ProxyTrust proxies) {
        return new HostSettings(
                access, admission, times, maxMessage, answers, layers, proxies, observer);
    }

    /** The same with somebody to be told. */
    public HostSettings withObserver(HostObserver observer) {
        return new HostSettings(
                access, admission, times, maxMessage, answers, layers, proxies, observer);
    }
}
