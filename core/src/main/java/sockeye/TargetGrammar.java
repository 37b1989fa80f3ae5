// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How the target of each kind of scheme is read. */
enum TargetGrammar {
    INET("%1$s:HOST:PORT, %1$s:PORT, %1$s:127.0.0.1:PORT or %1$s:[::1]:PORT") {
        @Override
        EndpointTarget parse(SpecText target) {
            return parseInet(target);
        }

        @Override
        boolean accepts(EndpointTarget target) {
            return target instanceof EndpointTarget.Port
                    || target instanceof EndpointTarget.Host
                    || target instanceof EndpointTarget.Address;
        }
    },
    UNIX("%1$s:PATH or %1$s:@NAME") {
        @Override
        EndpointTarget parse(SpecText target) {
            return parseUnix(target);
        }

        @Override
        boolean accepts(EndpointTarget target) {
            return target instanceof EndpointTarget.Unix;
        }
    },
    TIPC("%1$s:TYPE/INSTANCE or %1$s:TYPE/LOWER-UPPER, for example %1$s:18888/17") {
        @Override
        EndpointTarget parse(SpecText target) {
            return parseTipc(target);
        }

        @Override
        boolean accepts(EndpointTarget target) {
            return target instanceof EndpointTarget.Tipc;
        }
    },
    VSOCK("%1$s:CID:PORT or %1$s:PORT, for example %1$s:host:1024 or %1$s:any:1024") {
        @Override
        EndpointTarget parse(SpecText target) {
            int colon = target.indexOf(':');
            if (colon < 0) {
                return new EndpointTarget.VsockPort(vsockNumber("port", target));
            }
            SpecText cid = target.before(colon);
            Long named = VSOCK_CIDS.get(cid.text().toLowerCase(Locale.ROOT));
            return new EndpointTarget.Vsock(
                    named != null ? named : vsockNumber("context", cid),
                    vsockNumber("port", target.after(colon + 1)));
        }

        @Override
        boolean accepts(EndpointTarget target) {
            return target instanceof EndpointTarget.Vsock
                    || target instanceof EndpointTarget.VsockPort;
        }
    },
    NETLINK("%1$s:PROTOCOL, by number or name, for example %1$s:route") {
        @Override
        EndpointTarget parse(SpecText target) {
            return parseNetlink(target);
        }

        @Override
        boolean accepts(EndpointTarget target) {
            return target instanceof EndpointTarget.Netlink;
        }
    },
    DESCRIPTOR("%1$s:N, the number of an open descriptor") {
        @Override
        EndpointTarget parse(SpecText target) {
            long number = Percent.unsigned(target.text(), Integer.MAX_VALUE);
            if (number < 0) {
                throw target.error("not a descriptor: " + target.quoted(), expected(target));
            }
            return new EndpointTarget.Descriptor((int) number);
        }

        @Override
        boolean accepts(EndpointTarget target) {
            return target instanceof EndpointTarget.Descriptor;
        }
    },
    SYSTEMD("%1$s:NAME, as FileDescriptorName= in the socket unit says") {
        @Override
        EndpointTarget parse(SpecText target) {
            String name = target.decodeText();
            if (!isSystemdName(name)) {
                throw target.error(
                        "not the name of a descriptor: " + target.quoted(), expected(target));
            }
            return new EndpointTarget.Systemd(name);
        }

        @Override
        boolean accepts(EndpointTarget target) {
            return target instanceof EndpointTarget.Systemd;
        }
    };

    private static final Map<String, Long> VSOCK_CIDS =
            Map.of(
                    "hypervisor", VsockEndpoint.VMADDR_CID_HYPERVISOR,
                    "local", VsockEndpoint.VMADDR_CID_LOCAL,
                    "host", VsockEndpoint.VMADDR_CID_HOST);

    private static final List<String> NETLINK_NAMES =
            Arrays.asList(
                    "route",
                    "",
                    "usersock",
                    "firewall",
                    "sock-diag",
                    "nflog",
                    "xfrm",
                    "selinux",
                    "iscsi",
                    "audit",
                    "fib-lookup",
                    "connector",
                    "netfilter",
                    "ip6-fw",
                    "dnrtmsg",
                    "kobject-uevent",
                    "generic",
                    "",
                    "scsitransport",
                    "ecryptfs",
                    "rdma",
                    "crypto",
                    "smc");

    private final String forms;

    TargetGrammar(String forms) {
        this.forms = forms;
    }

    abstract EndpointTarget parse(SpecText target);

    abstract boolean accepts(EndpointTarget target);

    /** What would parse: {@code expected tcp:HOST:PORT …}. */
    String expected(SpecText target) {
        return "expected " + forms.formatted(target.scheme());
    }

    private static EndpointTarget parseInet(SpecText target) {
        if (target.startsWith("[")) {
            return parseBracketed(target);
        }
        int colon = target.indexOf(':');
        if (colon < 0) {
            return parsePort(target);
        }
        if (target.lastIndexOf(':') != colon) {
            throw secondColon(target, colon);
        }
        SpecText host = target.before(colon);
        if (host.isEmpty() || host.text().equals("*")) {
            throw host.error(
                    "no host: " + host.quoted(),
                    host.meant("all addresses are %s", target.after(colon + 1).text()));
        }
        String name = host.decodeText();
        IpAddress address = IpAddress.parseOrNull(name);
        String problem = address != null ? null : hostProblem(name);
        if (problem != null) {
            throw host.error(problem + ": " + host.quoted(), INET.expected(target));
        }
        int port = port(target.after(colon + 1));
        return address != null
                ? new EndpointTarget.Address(address, "", port)
                : new EndpointTarget.Host(name, port);
    }

    /** A target without a colon: a port, or a host whose port is missing. */
    private static EndpointTarget parsePort(SpecText target) {
        String text = target.text();
        int port = Percent.decimal(text, 0xFFFF);
        if (port >= 0) {
            return new EndpointTarget.Port(port);
        }
        if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw target.error("not a port: " + target.quoted(), "expected a number, 0 to 65535");
        }
        throw target.after(text.length())
                .error("a port is missing", target.meant("did you mean %s?", text + ":80"));
    }

    /** An IPv6 address without its brackets, if it is one. */
    private static EndpointSyntaxException secondColon(SpecText target, int colon) {
        String text = target.text();
        int last = target.lastIndexOf(':');
        boolean hasPort = IpAddress.parseOrNull(text.substring(0, last)) != null;
        String bracketed =
                hasPort
                        ? "[" + text.substring(0, last) + "]" + text.substring(last)
                        : "[" + text + "]:80";
        return target.after(text.indexOf(':', colon + 1))
                .error(
                        "a second colon",
                        target.meant("an IPv6 address stands in brackets: %s", bracketed));
    }

    private static EndpointTarget parseBracketed(SpecText target) {
        int close = target.indexOf(']');
        if (close < 0) {
            throw target.error("a bracket is not closed", INET.expected(target));
        }
        SpecText inside = target.after(1).before(close - 1);
        int percent = inside.indexOf('%');
        SpecText literal = percent < 0 ? inside : inside.before(percent);
        IpAddress address = IpAddress.parseOrNull(literal.text());
        if (address == null || address.isIpv4()) {
            throw literal.error(
                    "not an IPv6 address: " + literal.quoted(),
                    address == null
                            ? INET.expected(target)
                            : "an IPv4 address stands without brackets");
        }
        String scope = percent < 0 ? "" : inside.after(percent + 1).text();
        if (percent >= 0 && !isScope(scope)) {
            throw inside.after(percent + 1)
                    .error(
                            "not an interface: " + Percent.quote(scope),
                            "expected its name or index, as in [fe80::1%eth0]");
        }
        SpecText rest = target.after(close + 1);
        if (!rest.startsWith(":")) {
            throw rest.error(
                    rest.isEmpty() ? "a port is missing" : "no colon after the bracket",
                    INET.expected(target));
        }
        return new EndpointTarget.Address(address, scope, port(rest.after(1)));
    }

    private static int port(SpecText text) {
        int port = Percent.decimal(text.text(), 0xFFFF);
        if (port < 0) {
            throw text.error(
                    text.isEmpty() ? "a port is missing" : "not a port: " + text.quoted(),
                    "expected a number, 0 to 65535");
        }
        return port;
    }

    private static EndpointTarget parseUnix(SpecText target) {
        if (target.isEmpty()) {
            throw target.error("a path or name is missing", UNIX.expected(target));
        }
        if (target.startsWith("@")) {
            byte[] name = target.after(1).decode();
            if (name.length > UnixEndpoint.MAX_ABSTRACT_NAME) {
                throw target.error(
                        "an abstract name of " + name.length + " bytes",
                        "the kernel takes at most " + UnixEndpoint.MAX_ABSTRACT_NAME);
            }
            return new EndpointTarget.Unix(UnixEndpoint.ofAbstract(name));
        }
        if (target.startsWith("(")) {
            throw target.error(
                    "no path begins with a bracket here", "the character itself is written %28");
        }
        byte[] path = target.decode();
        if (path.length > UnixEndpoint.MAX_PATH) {
            throw target.error(
                    "a path of " + path.length + " bytes",
                    "the kernel takes at most " + UnixEndpoint.MAX_PATH);
        }
        for (byte b : path) {
            if (b == 0) {
                throw target.error("a path with a NUL in it", "an abstract name is written @NAME");
            }
        }
        return new EndpointTarget.Unix(UnixEndpoint.ofPath(path));
    }

    private static EndpointTarget parseTipc(SpecText target) {
        int at = target.indexOf('@');
        if (at >= 0) {
            long ref = unsigned("socket", target.before(at));
            SpecText node = target.after(at + 1);
            long address = TipcText.node(node.text());
            if (address < 0) {
                throw node.error(
                        "not a node: " + node.quoted(), "expected it as 1001001 or as 1.1.1");
            }
            return new EndpointTarget.Tipc(TipcEndpoint.socket(ref, address));
        }
        int slash = target.indexOf('/');
        if (slash < 0) {
            throw target.error(
                    "no service type and instance: " + target.quoted(), TIPC.expected(target));
        }
        SpecText instances = target.after(slash + 1);
        int dash = instances.indexOf('-');
        long type = unsigned("service type", target.before(slash));
        if (dash < 0) {
            return new EndpointTarget.Tipc(
                    TipcEndpoint.service(type, unsigned("instance", instances)));
        }
        long lower = unsigned("instance", instances.before(dash));
        long upper = unsigned("instance", instances.after(dash + 1));
        if (lower > upper) {
            throw instances.error("a range that ends before it begins", TIPC.expected(target));
        }
        return new EndpointTarget.Tipc(TipcEndpoint.range(type, lower, upper));
    }

    private static long unsigned(String what, SpecText text) {
        long number = Percent.unsigned(text.text(), 0xFFFF_FFFFL);
        if (number < 0) {
            throw text.error(
                    "not a " + what + ": " + text.quoted(), "expected a number, 0 to 4294967295");
        }
        return number;
    }

    private static long vsockNumber(String what, SpecText text) {
        return text.text().equalsIgnoreCase("any")
                ? EndpointTarget.Vsock.ANY
                : unsigned(what, text);
    }

    private static EndpointTarget parseNetlink(SpecText target) {
        String text = target.text();
        long number = Percent.unsigned(text, 255);
        if (number < 0) {
            String name = text.toLowerCase(Locale.ROOT).replace('_', '-');
            number = name.isEmpty() ? -1 : NETLINK_NAMES.indexOf(name);
        }
        if (number < 0) {
            String meant = Suggestion.closest(text, NETLINK_NAMES);
            throw target.error(
                    "not a netlink protocol: " + target.quoted(),
                    meant != null
                            ? "did you mean " + target.scheme() + ":" + meant + "?"
                            : NETLINK.expected(target));
        }
        return new EndpointTarget.Netlink((int) number);
    }

    static String netlinkName(int protocol) {
        String name = protocol < NETLINK_NAMES.size() ? NETLINK_NAMES.get(protocol) : "";
        return name.isEmpty() ? Integer.toString(protocol) : name;
    }

    /**
     * Why a text is no host name, or null if it is one. Non-ASCII names are left to the resolver.
     */
    static @Nullable String hostProblem(String name) {
        if (name.isEmpty() || name.length() > 253) {
            return "a host name has 1 to 253 characters";
        }
        if (!name.codePoints().allMatch(TargetGrammar::isHostCharacter)) {
            return "not a host name";
        }
        String[] labels = name.split("\\.");
        if (labels.length == 0 || Arrays.asList(labels).contains("") || name.endsWith("..")) {
            return "not a host name";
        }
        String last = labels[labels.length - 1];
        boolean number = !last.isEmpty() && last.chars().allMatch(c -> c >= '0' && c <= '9');
        return number ? "not an IPv4 address" : null;
    }

    private static boolean isHostCharacter(int c) {
        return c < 0x80
                ? Percent.isLetterOrDigit(c) || "-_.".indexOf(c) >= 0
                : Percent.isPrintable(c);
    }

    /** Whether a text can be the index or the name of a network interface. */
    static boolean isScope(String text) {
        return !text.isEmpty()
                && text.length() <= 15
                && text.chars().allMatch(c -> c > ' ' && c < 0x7F && "/:?[]%".indexOf(c) < 0);
    }

    static boolean isSystemdName(String name) {
        return !name.isEmpty()
                && name.length() <= 255
                && name.chars().allMatch(c -> c >= ' ' && c < 0x7F && c != ':');
    }

    static boolean isUnsigned(long number) {
        return number >= 0 && number <= 0xFFFF_FFFFL;
    }

    static void check(boolean condition, String problem) {
        if (!condition) {
            throw new IllegalArgumentException(problem);
        }
    }
}
