// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.IpAddress;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Who may connect: IP networks and users of this machine, allowed or denied. Immutable:
 *
 * <pre>{@code
 * AccessRules.EVERYBODY.allow("10.0.0.0/8").deny("10.66.0.0/16").allow("10.66.0.1")
 * }</pre>
 *
 * <p>Rules are a set, not a list: <b>of the networks that contain an address the longest
 * decides</b>, whatever the order in which they were said. A later rule about the same network
 * replaces the earlier one. Where no rule says anything, a peer is let in unless something of its
 * kind is allowed: who allows one network means no other, who only denies means all others. The two
 * kinds are judged apart: IP addresses, of both families, by networks, with IPv4-mapped addresses
 * as IPv4; peers of AF_UNIX by their user. Peers of which neither is known are let in.
 */
public final class AccessRules {
    /** No rule: everybody may. */
    public static final AccessRules EVERYBODY = new AccessRules(Map.of(), Map.of());

    private final Map<IpNetwork, Boolean> networks;
    private final Map<Integer, Boolean> users;

    /** The lengths that occur, the longest first. */
    private final int[] ipv4Lengths;

    private final int[] ipv6Lengths;
    private final boolean strangers;
    private final boolean otherUsers;

    private AccessRules(Map<IpNetwork, Boolean> networks, Map<Integer, Boolean> users) {
        this.networks = Map.copyOf(networks);
        this.users = Map.copyOf(users);
        this.ipv4Lengths = lengths(true);
        this.ipv6Lengths = lengths(false);
        this.strangers = !networks.containsValue(true);
        this.otherUsers = !users.containsValue(true);
    }

    private int[] lengths(boolean ipv4) {
        return networks.keySet().stream()
                .filter(each -> each.address().isIpv4() == ipv4)
                .mapToInt(each -> -each.length())
                .distinct()
                .sorted()
                .map(length -> -length)
                .toArray();
    }

    /**
     * Allows a network or an address; {@link IpNetwork#parse}.
     *
     * @throws IllegalArgumentException if the text is neither
     */
    public AccessRules allow(String network) {
        return allow(IpNetwork.parse(network));
    }

    /** Allows a network. */
    public AccessRules allow(IpNetwork network) {
        return with(network, true);
    }

    /**
     * Denies a network or an address; {@link IpNetwork#parse}.
     *
     * @throws IllegalArgumentException if the text is neither
     */
    public AccessRules deny(String network) {
        return deny(IpNetwork.parse(network));
    }

    /** Denies a network. */
    public AccessRules deny(IpNetwork network) {
        return with(network, false);
    }

    /** Allows a user, C's unsigned {@code uid_t} in an int: of peers of AF_UNIX. */
    public AccessRules allowUid(int uid) {
        return with(uid, true);
    }

    /** Denies a user. */
    public AccessRules denyUid(int uid) {
        return with(uid, false);
    }

    private AccessRules with(IpNetwork network, boolean allowed) {
        var more = new HashMap<>(networks);
        more.put(network, allowed);
        return new AccessRules(more, users);
    }

    private AccessRules with(int uid, boolean allowed) {
        var more = new HashMap<>(users);
        more.put(uid, allowed);
        return new AccessRules(networks, more);
    }

    /** Whether there is no rule. */
    public boolean isEmpty() {
        return networks.isEmpty() && users.isEmpty();
    }

    /** Whether there are rules about users, so that a peer's has to be asked for. */
    public boolean hasUsers() {
        return !users.isEmpty();
    }

    /**
     * Whether a peer of this address may connect. One that is no IP address may.
     *
     * @param peer null if it is not known
     */
    public boolean allows(@Nullable Endpoint peer) {
        return !(peer instanceof InetEndpoint inet) || allows(inet.address());
    }

    /** Whether this address may connect. */
    public boolean allows(IpAddress address) {
        IpAddress plain = address.unmapped();
        for (int length : plain.isIpv4() ? ipv4Lengths : ipv6Lengths) {
            Boolean rule = networks.get(new IpNetwork(plain.prefix(length), length));
            if (rule != null) {
                return rule;
            }
        }
        return strangers;
    }

    /** Whether a peer of AF_UNIX of this user may connect. */
    public boolean allowsUid(int uid) {
        return users.getOrDefault(uid, otherUsers);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AccessRules that
                && that.networks.equals(networks)
                && that.users.equals(users);
    }

    @Override
    public int hashCode() {
        return 31 * networks.hashCode() + users.hashCode();
    }

    /** The rules, in no order that matters. */
    @Override
    public String toString() {
        var text = new TreeMap<String, String>();
        networks.forEach((network, allowed) -> text.put(network.toString(), verb(allowed)));
        users.forEach(
                (uid, allowed) -> text.put("uid " + Integer.toUnsignedString(uid), verb(allowed)));
        return "AccessRules" + text;
    }

    private static String verb(boolean allowed) {
        return allowed ? "allow" : "deny";
    }
}
