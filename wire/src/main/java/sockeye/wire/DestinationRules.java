// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import sockeye.InetEndpoint;
import sockeye.IpAddress;

import java.util.BitSet;
import java.util.List;

/**
 * Where somebody may be connected to on behalf of others: IP networks and ports, allowed or denied.
 * Nothing is allowed that was not said, neither the world nor what is near. Immutable:
 *
 * <pre>{@code
 * DestinationRules.PUBLIC                                         // the Internet, and nothing else
 * DestinationRules.PUBLIC.allow("10.1.2.0/24").onPorts(80, 443)   // and a network of ours
 * DestinationRules.NOWHERE.allow("127.0.0.1")                     // this machine alone
 * }</pre>
 *
 * <p>As in {@link AccessRules}, of the networks that contain an address the longest decides, and
 * IPv4-mapped addresses are IPv4. What differs is what holds where no rule is: there who comes is
 * let in, here nobody goes.
 *
 * <p>Ask about addresses, never about names: who owns a name says what address it has, and can say
 * {@code 127.0.0.1}, the second time he is asked. So resolve once, ask about what came, and connect
 * to just that.
 */
public final class DestinationRules {
    private static final int PORTS = 1 << 16;

    /** Nothing is allowed. */
    public static final DestinationRules NOWHERE =
            new DestinationRules(
                    AccessRules.EVERYBODY.deny("0.0.0.0/0").deny("::/0"), new BitSet());

    /** Networks that are no place in the Internet: IANA's registries of RFC 6890. */
    private static final List<String> SPECIAL =
            List.of(
                    "0.0.0.0/8", // connect(2) takes 0.0.0.0 for this host
                    "10.0.0.0/8",
                    "100.64.0.0/10", // shared by providers, RFC 6598
                    "127.0.0.0/8",
                    "169.254.0.0/16", // link-local; clouds tell their secrets there
                    "172.16.0.0/12",
                    "192.0.0.0/24",
                    "192.0.2.0/24",
                    "192.88.99.0/24", // once relays of 6to4, RFC 7526
                    "192.168.0.0/16",
                    "198.18.0.0/15",
                    "198.51.100.0/24",
                    "203.0.113.0/24",
                    "224.0.0.0/4",
                    "240.0.0.0/4",
                    "2001::/23", // Teredo and others, of which some have IPv4 addresses in them
                    "2001:db8::/32",
                    "2002::/16", // 6to4, the same
                    "3fff::/20");

    /**
     * Every place in the Internet: not loopback, link-local, private, shared, multicast, reserved
     * or unspecified addresses, those for documentation and benchmarks, or those that have an IPv4
     * address in them (NAT64, 6to4, Teredo). Of IPv6 the global unicast addresses, {@code
     * 2000::/3}, without such ones.
     *
     * <p>What is near may have a public address too. If so, deny it.
     */
    public static final DestinationRules PUBLIC = open();

    private final AccessRules networks;

    /** Those that are allowed; empty for all. */
    private final BitSet ports;

    private DestinationRules(AccessRules networks, BitSet ports) {
        this.networks = networks;
        this.ports = ports;
    }

    private static DestinationRules open() {
        DestinationRules rules = NOWHERE.allow("0.0.0.0/0").allow("2000::/3");
        for (String each : SPECIAL) {
            rules = rules.deny(each);
        }
        return rules;
    }

    /**
     * Allows a network or an address; {@link IpNetwork#parse}.
     *
     * @throws IllegalArgumentException if the text is neither
     */
    public DestinationRules allow(String network) {
        return allow(IpNetwork.parse(network));
    }

    /** Allows a network. */
    public DestinationRules allow(IpNetwork network) {
        return new DestinationRules(networks.allow(network), ports);
    }

    /**
     * Denies a network or an address; {@link IpNetwork#parse}.
     *
     * @throws IllegalArgumentException if the text is neither
     */
    public DestinationRules deny(String network) {
        return deny(IpNetwork.parse(network));
    }

    /** Denies a network. */
    public DestinationRules deny(IpNetwork network) {
        return new DestinationRules(networks.deny(network), ports);
    }

    /**
     * The same networks on these ports alone; on all of them as long as this is not said.
     *
     * @throws IllegalArgumentException if there is none, or one is not 1 to 65535
     */
    public DestinationRules onPorts(int... allowed) {
        var these = new BitSet();
        for (int each : allowed) {
            if (each < 1 || each >= PORTS) {
                throw new IllegalArgumentException("a port is 1 to 65535, not " + each);
            }
            these.set(each);
        }
        if (these.isEmpty()) {
            throw new IllegalArgumentException("no port; that is NOWHERE");
        }
        return new DestinationRules(networks, these);
    }

    /** Whether somebody may be connected to this. */
    public boolean allows(InetEndpoint destination) {
        return allowsPort(destination.port()) && allows(destination.address());
    }

    /** Whether somebody may be connected to this address, on some port. */
    public boolean allows(IpAddress address) {
        return networks.allows(address);
    }

    /** Whether somebody may be connected to this port, somewhere. */
    public boolean allowsPort(int port) {
        return port > 0 && (ports.isEmpty() || ports.get(port));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DestinationRules that
                && that.networks.equals(networks)
                && that.ports.equals(ports);
    }

    @Override
    public int hashCode() {
        return 31 * networks.hashCode() + ports.hashCode();
    }

    /** The rules, in no order that matters. */
    @Override
    public String toString() {
        return "DestinationRules[" + networks + (ports.isEmpty() ? "]" : " on " + ports + "]");
    }
}
