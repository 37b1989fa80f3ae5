// SPDX-License-Identifier: Apache-2.0
package sockeye;

/**
 * What follows the scheme in an {@link EndpointSpec}: whom to reach, or what to be reached as.
 *
 * <p>Each form checks its parts when it is made, and its {@code toString} is the text that parses
 * to it.
 */
public sealed interface EndpointTarget {
    /**
     * A port alone, {@code tcp:80}: every address of this host, of both families, when listening;
     * localhost when connecting.
     *
     * @param port 0 to 65535; 0 lets the kernel choose when listening
     */
    record Port(int port) implements EndpointTarget {
        /** Checks the port. */
        public Port {
            TargetGrammar.check(port >= 0 && port <= 0xFFFF, "a port is 0 to 65535, not " + port);
        }

        @Override
        public String toString() {
            return Integer.toString(port);
        }
    }

    /**
     * A host by name, {@code tcp:example.org:80}, which has to be resolved first.
     *
     * @param name 1 to 253 letters, digits, {@code -}, {@code _}, {@code .}; not the text of an
     *     address
     * @param port 0 to 65535
     */
    record Host(String name, int port) implements EndpointTarget {
        /** Checks the name and the port. */
        public Host {
            String problem = TargetGrammar.hostProblem(name);
            TargetGrammar.check(problem == null, problem + ": " + Percent.quote(name));
            TargetGrammar.check(port >= 0 && port <= 0xFFFF, "a port is 0 to 65535, not " + port);
        }

        @Override
        public String toString() {
            return name + ":" + port;
        }
    }

    /**
     * A literal address, {@code tcp:127.0.0.1:80} or {@code udp:[fe80::1%eth0]:53}.
     *
     * @param address the address
     * @param scope the interface of a link-local IPv6 address, by name or index as it was written;
     *     empty for none, and for IPv4
     * @param port 0 to 65535
     */
    record Address(IpAddress address, String scope, int port) implements EndpointTarget {
        /** Checks the scope and the port. */
        public Address {
            TargetGrammar.check(
                    scope.isEmpty() || (address.isIpv6() && TargetGrammar.isScope(scope)),
                    "no scope of an address: " + Percent.quote(scope));
            TargetGrammar.check(port >= 0 && port <= 0xFFFF, "a port is 0 to 65535, not " + port);
        }

        @Override
        public String toString() {
            return address.isIpv4()
                    ? address + ":" + port
                    : "[" + address + (scope.isEmpty() ? "" : "%" + scope) + "]:" + port;
        }
    }

    /**
     * A path or an abstract name, {@code unix:/run/x.sock} or {@code unix:@name}.
     *
     * @param endpoint any but the unnamed one
     */
    record Unix(UnixEndpoint endpoint) implements EndpointTarget {
        /** Checks that there is a name. */
        public Unix {
            TargetGrammar.check(!endpoint.isUnnamed(), "an unnamed Unix endpoint has no text");
        }

        @Override
        public String toString() {
            return endpoint.toString();
        }
    }

    /**
     * A TIPC service, {@code tipc-stream:18888/17}, a range of its instances, {@code
     * tipc-rdm:18888/0-99}, or one socket, {@code tipc-rdm:1527097438@1001001}.
     *
     * @param endpoint of the usual scope and without a domain, which are options of a spec; no
     *     member of a group
     */
    record Tipc(TipcEndpoint endpoint) implements EndpointTarget {
        /** Checks that there is nothing in the endpoint that the text does not show. */
        public Tipc {
            TargetGrammar.check(
                    TipcText.bare(endpoint).equals(endpoint),
                    "scope and domain are options of the spec: " + endpoint);
        }

        @Override
        public String toString() {
            return endpoint.toString();
        }
    }

    /**
     * A port of a virtual machine or of its host, {@code vsock:2:1024}.
     *
     * @param cid the context, 0 to 4294967295: 1 is this machine, 2 the host, {@link #ANY} any
     * @param port 0 to 4294967295; {@link #ANY} lets the kernel choose
     */
    record Vsock(long cid, long port) implements EndpointTarget {
        /** Written {@code any}: VMADDR_CID_ANY and VMADDR_PORT_ANY. */
        public static final long ANY = VsockEndpoint.VMADDR_CID_ANY;

        /** Checks the numbers. */
        public Vsock {
            TargetGrammar.check(
                    TargetGrammar.isUnsigned(cid) && TargetGrammar.isUnsigned(port),
                    "the numbers of a vsock endpoint are 0 to 4294967295");
        }

        @Override
        public String toString() {
            return (cid == ANY ? "any" : cid) + ":" + (port == ANY ? "any" : port);
        }
    }

    /**
     * A port of vsock alone, {@code vsock:1024}: every CID of this machine, when listening; this
     * machine by loopback, when connecting.
     *
     * @param port 0 to 4294967295
     */
    record VsockPort(long port) implements EndpointTarget {
        /** Checks the port. */
        public VsockPort {
            TargetGrammar.check(
                    TargetGrammar.isUnsigned(port),
                    "a port of vsock is 0 to 4294967295, not " + port);
        }

        @Override
        public String toString() {
            return port == Vsock.ANY ? "any" : Long.toString(port);
        }
    }

    /**
     * A protocol of netlink, {@code netlink:route} or {@code netlink:0}.
     *
     * @param protocol 0 to 255, the third argument of socket(2)
     */
    record Netlink(int protocol) implements EndpointTarget {
        /** Checks the number. */
        public Netlink {
            TargetGrammar.check(
                    protocol >= 0 && protocol <= 255,
                    "a netlink protocol is 0 to 255, not " + protocol);
        }

        @Override
        public String toString() {
            return TargetGrammar.netlinkName(protocol);
        }
    }

    /**
     * An open descriptor, {@code fd:3}.
     *
     * @param number 0 or more
     */
    record Descriptor(int number) implements EndpointTarget {
        /** Checks the number. */
        public Descriptor {
            TargetGrammar.check(number >= 0, "a descriptor is not negative: " + number);
        }

        @Override
        public String toString() {
            return Integer.toString(number);
        }
    }

    /**
     * Descriptors that the service manager passed by this name, {@code systemd:http.socket}.
     *
     * @param name 1 to 255 printable ASCII characters, no colon; sd_listen_fds_with_names(3)
     */
    record Systemd(String name) implements EndpointTarget {
        /** Checks the name. */
        public Systemd {
            TargetGrammar.check(
                    TargetGrammar.isSystemdName(name),
                    "no name of a descriptor: " + Percent.quote(name));
        }

        @Override
        public String toString() {
            return Percent.encodePath(Percent.utf8(name));
        }
    }
}
