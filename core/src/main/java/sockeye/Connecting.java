// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.AllFailed;
import sockeye.internal.wait.Gate;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Connecting to what a text names: resolve the host, try its addresses. */
final class Connecting {
    private static final Set<EndpointScheme> STREAMS = Listening.those(EndpointScheme::isStream);
    private static final Set<EndpointScheme> MESSAGES =
            Listening.those(scheme -> !scheme.isStream());

    /** What one of several addresses gets of the time that is left, at least. */
    private static final Duration FAIR_CHANCE = Duration.ofSeconds(2);

    private final EndpointSpec spec;
    private final SpecSettings read;
    private final ConnectSettings how;
    private final Deadline deadline;
    private final OptionSetting<?>[] more;

    private Connecting(
            EndpointSpec spec,
            EndpointOptions options,
            ConnectSettings how,
            Deadline deadline,
            OptionSetting<?>... more) {
        spec.requireWrappersAmong(List.of());
        this.spec = spec.forConnecting();
        this.read = SpecSettings.forConnecting(this.spec, options);
        this.how = read.how(how);
        this.deadline = deadline.orSooner(read.deadline());
        this.more = more;
    }

    static StreamSocket stream(
            EndpointSpec spec, ConnectSettings how, Deadline deadline, OptionSetting<?>... settings)
            throws IOException {
        spec.requireSchemeAmong(STREAMS);
        var connecting = new Connecting(spec, spec.readOptions(), how, deadline, settings);
        return connecting.isDescriptor()
                ? connecting.adopt(StreamSocket.class)
                : connecting.stream();
    }

    static MessageSocket messages(
            EndpointSpec spec, ConnectSettings how, Deadline deadline, OptionSetting<?>... settings)
            throws IOException {
        spec.requireSchemeAmong(MESSAGES);
        var connecting = new Connecting(spec, spec.readOptions(), how, deadline, settings);
        return connecting.isDescriptor()
                ? connecting.adopt(MessageSocket.class)
                : connecting.messages();
    }

    static Role any(EndpointSpec spec, EndpointOptions options, Deadline deadline)
            throws IOException {
        spec.requireSchemeAmong(Listening.SCHEMES);
        var connecting = new Connecting(spec, options, ConnectSettings.DEFAULT, deadline);
        if (connecting.isDescriptor()) {
            return connecting.adopt(Role.class);
        }
        return spec.scheme().isStream() ? connecting.stream() : connecting.messages();
    }

    private boolean isDescriptor() {
        return spec.scheme().isDescriptor();
    }

    private OptionSetting<?>[] settings(int family) {
        return read.settings(family, more);
    }

    private <R extends Role> R adopt(Class<R> wanted) throws IOException {
        return Listening.adopt(spec, wanted, 0, settings(0));
    }

    private StreamSocket stream() throws IOException {
        int protocol = spec.scheme().protocol();
        List<Endpoint> peers = peers();
        if (peers.size() == 1 || how.isSequential()) {
            return each(
                    peers,
                    (peer, by) ->
                            StreamSocket.connect(
                                    peer, protocol, read.from(), by, settings(peer.family())));
        }
        var policy = new HappyEyeballs<>(HappyEyeballs.interleaved(peers), how.attemptDelay());
        List<IOException> failures = new ArrayList<>();
        ConnectRace.Won won =
                new ConnectRace(
                                policy,
                                peer ->
                                        StreamSocket.prepare(
                                                peer,
                                                protocol,
                                                read.local(),
                                                deadline,
                                                settings(peer.family())),
                                deadline,
                                failures)
                        .run(name());
        if (won == null) {
            throw all(failures);
        }
        return StreamSocket.connected(won.socket(), won.peer());
    }

    /** The addresses to try; a local one that is to be bound has but one family. */
    private List<Endpoint> peers() throws IOException {
        Endpoint local = read.local();
        int family = local != null ? local.family() : how.family();
        return how.resolverInForce().endpoints(spec, family, deadline);
    }

    private String name() {
        return spec.scheme() + ":" + spec.target();
    }

    private MessageSocket messages() throws IOException {
        int type = spec.scheme().type();
        int protocol = spec.socketProtocol();
        return each(
                peers(),
                (peer, by) ->
                        MessageSocket.connect(
                                peer, type, protocol, read.from(), by, settings(peer.family())));
    }

    private interface Attempt<S> {
        S to(Endpoint peer, Deadline by) throws IOException;
    }

    /** The first address that answers. An earlier one may not use up the time of all. */
    private <S> S each(List<Endpoint> peers, Attempt<S> attempt) throws IOException {
        List<IOException> failures = new ArrayList<>();
        for (int i = 0; i < peers.size(); i++) {
            try {
                return attempt.to(peers.get(i), share(peers.size() - i));
            } catch (SocketInterruptedException cancelled) {
                throw cancelled;
            } catch (IOException failed) {
                failures.add(failed);
            }
            if (deadline.isPassed()) {
                break;
            }
        }
        throw spec.needsResolving() ? all(failures) : failures.getFirst();
    }

    private Deadline share(int left) {
        if (left == 1 || deadline.equals(Deadline.NONE)) {
            return deadline;
        }
        Duration fair = deadline.remaining().dividedBy(left);
        return Deadline.after(fair.compareTo(FAIR_CHANCE) < 0 ? FAIR_CHANCE : fair)
                .orSooner(deadline);
    }

    private IOException all(List<IOException> failures) {
        return failures.isEmpty()
                ? SocketFailures.cut("connect", name(), Gate.Outcome.TIMEOUT, 0)
                : AllFailed.of(name(), failures);
    }
}
