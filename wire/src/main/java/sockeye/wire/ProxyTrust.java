// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import sockeye.InetEndpoint;
import sockeye.PeerCredentials;
import sockeye.UnixEndpoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Whose {@link ProxyHeader} is believed: who can send one can be anybody. Nobody is trusted who is
 * not named. Immutable.
 */
public final class ProxyTrust {
    /**
     * Whoever can connect: for listeners that only proxies can reach, by a firewall or by the mode
     * of a Unix socket's file.
     */
    public static final ProxyTrust EVERYBODY = new ProxyTrust(true, List.of(), Set.of());

    private final boolean everybody;
    private final List<IpNetwork> networks;
    private final Set<Integer> users;

    private ProxyTrust(boolean everybody, List<IpNetwork> networks, Set<Integer> users) {
        this.everybody = everybody;
        this.networks = List.copyOf(networks);
        this.users = Set.copyOf(users);
    }

    /**
     * The proxies of these networks and addresses: {@code "10.1.2.0/24"}, {@code "::1"}.
     *
     * @throws IllegalArgumentException if a text is neither
     */
    public static ProxyTrust in(String... networks) {
        return in(Arrays.stream(networks).map(IpNetwork::parse).toArray(IpNetwork[]::new));
    }

    /** The proxies of these networks. */
    public static ProxyTrust in(IpNetwork... networks) {
        return new ProxyTrust(false, List.of(networks), Set.of());
    }

    /** Also the processes of this user that connect to a Unix socket. */
    public ProxyTrust andUser(int uid) {
        var more = new LinkedHashSet<>(users);
        more.add(uid);
        return new ProxyTrust(everybody, networks, more);
    }

    /** Also this network. */
    public ProxyTrust andNetwork(IpNetwork network) {
        var more = new ArrayList<>(networks);
        more.add(network);
        return new ProxyTrust(everybody, more, users);
    }

    /** Whether the one who holds the other end of the connection, its carrier, is believed. */
    public boolean trusts(PeerFacts facts) {
        if (everybody) {
            return true;
        }
        return switch (facts.carrier()) {
            case InetEndpoint inet ->
                    networks.stream()
                            .anyMatch(network -> network.contains(inet.address().unmapped()));
            case UnixEndpoint _ -> !users.isEmpty() && isUser(facts.credentials());
            case null, default -> false;
        };
    }

    private boolean isUser(@Nullable PeerCredentials who) {
        return who != null && users.contains(who.uid());
    }

    @Override
    public String toString() {
        return everybody ? "everybody" : networks + (users.isEmpty() ? "" : " uid " + users);
    }
}
