// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.net.UnknownHostException;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * An endpoint as a person writes it: transport, host name or address, options, wrappers.
 *
 * <pre>{@code
 * tcp:example.org:80      tcp:[::1]:80      tcp:80      udp:127.0.0.1:53      mptcp:example.org:80
 * unix:/run/x.sock        unix:@name        unix-dgram:/dev/log               unix-seqpacket:x.sock
 * tipc-stream:18888/17    vsock:2:1024      netlink:route     fd:3            systemd:http.socket
 * tcp:8080?reuseport=true&backlog=4096      tls+tcp:example.org:443           tcp://example.org:80
 * }</pre>
 *
 * <p>The grammar in full is in {@code docs/endpoints.md}. Only the syntax is known here: who
 * consumes a spec interprets the wrappers, the scheme and the options that it can, and refuses the
 * rest by {@link #requireWrappersAmong}, {@link #requireSchemeAmong} and {@link
 * EndpointOptions#requireNoMore}.
 *
 * <p>{@link #parse} and {@link #toString} are inverse: a spec's text parses to an equal spec.
 *
 * @param wrappers the protocols around the transport, outermost first: {@code tls} and {@code
 *     proxy} of {@code tls+proxy+tcp:…}; lower-case
 * @param scheme the transport
 * @param target whom to reach; of a form that the scheme has
 * @param options names and values in the order written; names are lower-case
 */
public record EndpointSpec(
        List<String> wrappers,
        EndpointScheme scheme,
        EndpointTarget target,
        Map<String, String> options) {
    /** The longest text, in characters: of one that is parsed, and of {@link #toString}. */
    public static final int MAX_TEXT = 16_384;

    /**
     * Checks that the parts make a text that parses.
     *
     * @throws IllegalArgumentException if the target is not one of the scheme, a name has other
     *     characters than letters, digits, {@code -}, {@code _} and {@code .}, or the text is
     *     longer than {@link #MAX_TEXT}
     */
    public EndpointSpec {
        wrappers = List.copyOf(wrappers);
        options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
        for (String wrapper : wrappers) {
            TargetGrammar.check(
                    isWord(wrapper) && isLower(wrapper) && wrapper.indexOf('_') < 0,
                    "no name of a wrapper: " + Percent.quote(wrapper));
        }
        for (var option : options.entrySet()) {
            TargetGrammar.check(
                    isWord(option.getKey()) && isLower(option.getKey()),
                    "no name of an option: " + Percent.quote(option.getKey()));
            Percent.utf8(option.getValue());
        }
        TargetGrammar.check(
                scheme.grammar().accepts(target), "not a target of " + scheme + ": " + target);
        int length = text(wrappers, scheme, target, options).length();
        TargetGrammar.check(length <= MAX_TEXT, "an endpoint of " + length + " characters");
    }

    /**
     * A transport and its target, without options and wrappers.
     *
     * @throws IllegalArgumentException if the target is not one of the scheme
     */
    public static EndpointSpec of(EndpointScheme scheme, EndpointTarget target) {
        return new EndpointSpec(List.of(), scheme, target, Map.of());
    }

    /**
     * A transport and a literal endpoint; scope and domain of a TIPC service become options.
     *
     * @throws IllegalArgumentException if the endpoint is not one of the scheme, or has no text:
     *     unnamed and raw ones, and those of netlink, whose text is a protocol
     */
    public static EndpointSpec of(EndpointScheme scheme, Endpoint endpoint) {
        return new EndpointSpec(List.of(), scheme, endpoint.target(), endpoint.options());
    }

    /**
     * Reads a spec.
     *
     * @throws EndpointSyntaxException if it does not parse; its message shows where, and what would
     */
    public static EndpointSpec parse(String text) {
        return SpecParser.parse(text);
    }

    /**
     * How error messages name what an operation was done to: {@code tcp:127.0.0.1:9}, {@code
     * unix-dgram:@name}. A socket that no scheme names is shown by its numbers' names, {@code
     * AF_INET/SOCK_RAW/IPPROTO_ICMP:192.0.2.1:0}.
     *
     * @param family the socket's family, type and protocol, as for socket(2)
     * @param type may have the flags of {@link SocketType}, which are left aside
     * @param protocol 0 for the usual one
     * @param endpoint the endpoint; null for none, which leaves the transport alone
     */
    public static String describe(int family, int type, int protocol, @Nullable Endpoint endpoint) {
        int bare = type & ~(SocketType.SOCK_NONBLOCK | SocketType.SOCK_CLOEXEC);
        EndpointScheme scheme = EndpointScheme.find(family, bare, protocol);
        String transport;
        if (scheme == EndpointScheme.NETLINK) {
            transport = scheme + ":" + NetlinkProtocol.nameOf(protocol);
            return endpoint == null || endpoint.equals(NetlinkEndpoint.KERNEL)
                    ? transport
                    : transport + " " + endpoint;
        } else if (scheme != null) {
            transport = scheme.text();
        } else {
            boolean inet = family == AddressFamily.AF_INET || family == AddressFamily.AF_INET6;
            String number = inet ? IpProtocol.nameOf(protocol) : Integer.toString(protocol);
            transport = AddressFamily.nameOf(family) + "/" + SocketType.nameOf(bare) + "/" + number;
        }
        return endpoint == null ? transport : transport + ":" + endpoint;
    }

    /**
     * The same spec with a bare port made every address of this host, {@code [::]}: for listening.
     */
    public EndpointSpec forListening() {
        return switch (target) {
            case EndpointTarget.Port(int port) ->
                    withTarget(new EndpointTarget.Address(IpAddress.ANY_IPV6, "", port));
            case EndpointTarget.VsockPort(long port) ->
                    withTarget(new EndpointTarget.Vsock(VsockEndpoint.VMADDR_CID_ANY, port));
            default -> this;
        };
    }

    /** The same spec with a bare port made {@code localhost}: for connecting. */
    public EndpointSpec forConnecting() {
        return switch (target) {
            case EndpointTarget.Port(int port) ->
                    withTarget(new EndpointTarget.Host("localhost", port));
            case EndpointTarget.VsockPort(long port) ->
                    withTarget(new EndpointTarget.Vsock(VsockEndpoint.VMADDR_CID_LOCAL, port));
            default -> this;
        };
    }

    /**
     * The third argument of socket(2): the scheme's, but netlink's is in the target; 0 where the
     * kernel knows it without.
     */
    int socketProtocol() {
        if (target instanceof EndpointTarget.Netlink(int protocol)) {
            return protocol;
        }
        return scheme.protocol();
    }

    /** Whether the target is a host name, which has to be resolved to endpoints first. */
    public boolean needsResolving() {
        return target instanceof EndpointTarget.Host;
    }

    /**
     * Whether {@link #toEndpoint} has an endpoint to give: the target is a literal address or name.
     */
    public boolean isLiteral() {
        return target instanceof EndpointTarget.Address
                || target instanceof EndpointTarget.Unix
                || target instanceof EndpointTarget.Tipc
                || target instanceof EndpointTarget.Vsock
                || target instanceof EndpointTarget.Netlink;
    }

    /**
     * The endpoint that the target is; of TIPC with the scope and the domain of the options, of
     * netlink the kernel's, whatever the protocol.
     *
     * @throws EndpointSyntaxException if the scope or the domain is none, or not for such a target
     * @throws UnknownHostException if the address has the scope of an interface that does not exist
     * @throws IllegalStateException if the target is no literal endpoint ({@link #isLiteral}): a
     *     host name has to be resolved, a bare port needs {@link #forListening} or {@link
     *     #forConnecting}, and a descriptor has no address
     */
    public Endpoint toEndpoint() throws UnknownHostException {
        return switch (target) {
            case EndpointTarget.Unix(UnixEndpoint endpoint) -> endpoint;
            case EndpointTarget.Address(IpAddress address, String scope, int port) ->
                    new InetEndpoint(
                            address, port, 0, scope.isEmpty() ? 0 : InetEndpoint.scopeId(scope));
            case EndpointTarget.Host host ->
                    throw new IllegalStateException("a name to be resolved first: " + this);
            case EndpointTarget.VsockPort port ->
                    throw new IllegalStateException(
                            "a port alone, for listening or for connecting: " + this);
            case EndpointTarget.Port port ->
                    throw new IllegalStateException(
                            "a port alone, for listening or for connecting: " + this);
            case EndpointTarget.Descriptor d ->
                    throw new IllegalStateException("a descriptor, not an address: " + this);
            case EndpointTarget.Systemd s ->
                    throw new IllegalStateException("a descriptor, not an address: " + this);
            case EndpointTarget.Tipc tipc -> TipcText.endpoint(this, tipc.endpoint());
            case EndpointTarget.Vsock(long cid, long port) -> VsockEndpoint.of(cid, port);
            case EndpointTarget.Netlink n -> NetlinkEndpoint.KERNEL;
        };
    }

    /**
     * A fresh reader of the options, for a consumer that takes those it knows and refuses the rest
     * by {@link EndpointOptions#requireNoMore}.
     */
    public EndpointOptions readOptions() {
        return new EndpointOptions(this);
    }

    /**
     * Refuses wrappers that a consumer does not have.
     *
     * @param known those it has; none at all is a good answer
     * @throws EndpointSyntaxException if there is another one
     */
    public void requireWrappersAmong(Collection<String> known) {
        int at = 0;
        for (String wrapper : wrappers) {
            if (!known.contains(wrapper)) {
                String meant = Suggestion.closest(wrapper, known);
                String hint;
                if (meant != null) {
                    hint = "did you mean " + meant + "+?";
                } else if (known.isEmpty()) {
                    hint = "no wrapper can be used here";
                } else {
                    hint = "known here: " + String.join(", ", known);
                }
                throw new EndpointSyntaxException(
                        toString(), at, "no such wrapper: " + Percent.quote(wrapper), hint);
            }
            at += wrapper.length() + 1;
        }
    }

    /**
     * Refuses a scheme that a consumer does not have.
     *
     * @param known those it has
     * @throws EndpointSyntaxException if this spec's is another one
     */
    public void requireSchemeAmong(Collection<EndpointScheme> known) {
        if (!known.contains(scheme)) {
            String names =
                    String.join(", ", known.stream().map(EndpointScheme::text).sorted().toList());
            throw new EndpointSyntaxException(
                    toString(),
                    wrappers.stream().mapToInt(w -> w.length() + 1).sum(),
                    scheme + " cannot be used here",
                    "known here: " + names);
        }
    }

    /** The same spec with another target. */
    public EndpointSpec withTarget(EndpointTarget newTarget) {
        return new EndpointSpec(wrappers, scheme, newTarget, options);
    }

    /** The same spec with other wrappers, outermost first. */
    public EndpointSpec withWrappers(List<String> newWrappers) {
        return new EndpointSpec(newWrappers, scheme, target, options);
    }

    /** The same spec with other options. */
    public EndpointSpec withOptions(Map<String, String> newOptions) {
        return new EndpointSpec(wrappers, scheme, target, newOptions);
    }

    /** The canonical text, which parses to an equal spec. */
    @Override
    public String toString() {
        return text(wrappers, scheme, target, options);
    }

    private static String text(
            List<String> wrappers,
            EndpointScheme scheme,
            EndpointTarget target,
            Map<String, String> options) {
        var text = new StringBuilder();
        for (String wrapper : wrappers) {
            text.append(wrapper).append('+');
        }
        text.append(scheme).append(':').append(target);
        char separator = '?';
        for (var option : options.entrySet()) {
            text.append(separator).append(option.getKey()).append('=');
            text.append(Percent.encode(Percent.utf8(option.getValue()), "%&"));
            separator = '&';
        }
        return text.toString();
    }

    /** Where in the text an option begins; the end of the text if there is none such. */
    int optionPosition(String name) {
        var before = new LinkedHashMap<String, String>();
        for (var option : options.entrySet()) {
            if (option.getKey().equals(name)) {
                return text(wrappers, scheme, target, before).length() + 1;
            }
            before.put(option.getKey(), option.getValue());
        }
        return toString().length();
    }

    /** Whether a text can name a wrapper or an option. */
    static boolean isWord(String text) {
        return !text.isEmpty()
                && text.length() <= 64
                && Percent.isLetterOrDigit(text.charAt(0))
                && text.chars().allMatch(c -> Percent.isLetterOrDigit(c) || "-_.".indexOf(c) >= 0);
    }

    private static boolean isLower(String text) {
        return text.equals(text.toLowerCase(Locale.ROOT));
    }
}
