// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The text of TIPC addresses: {@code TYPE/INSTANCE}, {@code TYPE/LOWER-UPPER}, {@code REF@NODE}.
 * Scope and domain follow as they do in an {@link EndpointSpec}, of which they are options.
 */
final class TipcText {
    static final String SCOPE = "scope";
    static final String DOMAIN = "domain";

    private static final long MAX = 0xFFFF_FFFFL;

    private TipcText() {}

    static String of(TipcEndpoint endpoint) {
        var text = new StringBuilder(target(endpoint));
        char separator = '?';
        for (var option : options(endpoint).entrySet()) {
            text.append(separator).append(option.getKey()).append('=').append(option.getValue());
            separator = '&';
        }
        return text.toString();
    }

    /** The text without scope and domain. */
    static String target(TipcEndpoint endpoint) {
        return switch (endpoint) {
            case TipcEndpoint.Service(long type, long instance, long _, var _) ->
                    type + "/" + instance;
            case TipcEndpoint.ServiceRange(long type, long lower, long upper, var _) ->
                    type + "/" + lower + "-" + upper;
            case TipcEndpoint.SocketId(long ref, long node) ->
                    ref + "@" + TipcEndpoint.nodeText(node);
            case TipcEndpoint.Member(var socket, long group, long instance) ->
                    group + "/" + instance + "#" + target(socket);
        };
    }

    /** Scope and domain, as far as they are not the usual ones. */
    static Map<String, String> options(TipcEndpoint endpoint) {
        Map<String, String> options = new LinkedHashMap<>();
        TipcEndpoint.Scope scope =
                switch (endpoint) {
                    case TipcEndpoint.Service service -> service.scope();
                    case TipcEndpoint.ServiceRange range -> range.scope();
                    case TipcEndpoint.SocketId _, TipcEndpoint.Member _ ->
                            TipcEndpoint.Scope.CLUSTER;
                };
        if (scope != TipcEndpoint.Scope.CLUSTER) {
            options.put(SCOPE, scope.name().toLowerCase(Locale.ROOT));
        }
        if (endpoint instanceof TipcEndpoint.Service service && service.domain() != 0) {
            options.put(DOMAIN, TipcEndpoint.nodeText(service.domain()));
        }
        return options;
    }

    /** The endpoint without scope and domain, as the target of a spec has it. */
    static TipcEndpoint bare(TipcEndpoint endpoint) {
        return switch (endpoint) {
            case TipcEndpoint.Service(long type, long instance, long _, var _) ->
                    TipcEndpoint.service(type, instance);
            case TipcEndpoint.ServiceRange(long type, long lower, long upper, var _) ->
                    TipcEndpoint.range(type, lower, upper);
            case TipcEndpoint.SocketId socket -> socket;
            case TipcEndpoint.Member member -> member.socket();
        };
    }

    static TipcEndpoint parse(String text) {
        int question = text.indexOf('?');
        TipcEndpoint read = parseTarget(question < 0 ? text : text.substring(0, question));
        if (read == null) {
            throw unreadable(text);
        }
        if (question < 0) {
            return read;
        }
        Map<String, String> options = new LinkedHashMap<>();
        for (String option : text.substring(question + 1).split("&", -1)) {
            int equals = option.indexOf('=');
            String name = equals < 0 ? option : option.substring(0, equals);
            boolean known = name.equals(SCOPE) || name.equals(DOMAIN);
            if (!known || options.put(name, option.substring(equals + 1)) != null) {
                throw unreadable(text);
            }
        }
        TipcEndpoint.Scope scope = scope(options.getOrDefault(SCOPE, "cluster"));
        long domain = node(options.getOrDefault(DOMAIN, "0"));
        if (scope == null || domain < 0) {
            throw unreadable(text);
        }
        return switch (read) {
            case TipcEndpoint.Service service -> service.with(scope).at(domain);
            case TipcEndpoint.ServiceRange range when !options.containsKey(DOMAIN) ->
                    range.with(scope);
            case TipcEndpoint.ServiceRange _, TipcEndpoint.SocketId _, TipcEndpoint.Member _ ->
                    throw unreadable(text);
        };
    }

    private static IllegalArgumentException unreadable(String text) {
        return new IllegalArgumentException(
                "not TYPE/INSTANCE, TYPE/LOWER-UPPER or REF@NODE: " + Percent.quote(text));
    }

    private static @Nullable TipcEndpoint parseTarget(String text) {
        int hash = text.indexOf('#');
        if (hash >= 0) {
            return parseTarget(text.substring(0, hash))
                                    instanceof
                                    TipcEndpoint.Service(long type, long instance, long _, var _)
                            && parseTarget(text.substring(hash + 1))
                                    instanceof TipcEndpoint.SocketId socket
                    ? new TipcEndpoint.Member(socket, type, instance)
                    : null;
        }
        int at = text.indexOf('@');
        if (at >= 0) {
            long ref = Percent.unsigned(text.substring(0, at), MAX);
            long node = node(text.substring(at + 1));
            return ref < 0 || node < 0 ? null : TipcEndpoint.socket(ref, node);
        }
        int slash = text.indexOf('/');
        int dash = text.indexOf('-', slash + 1);
        if (slash < 0) {
            return null;
        }
        long type = Percent.unsigned(text.substring(0, slash), MAX);
        String first = text.substring(slash + 1, dash < 0 ? text.length() : dash);
        long lower = Percent.unsigned(first, MAX);
        long upper = dash < 0 ? lower : Percent.unsigned(text.substring(dash + 1), MAX);
        if (type < 0 || lower < 0 || upper < lower) {
            return null;
        }
        return dash < 0
                ? TipcEndpoint.service(type, lower)
                : TipcEndpoint.range(type, lower, upper);
    }

    /** A TIPC target with the scope and the domain that the options give it. */
    static TipcEndpoint endpoint(EndpointSpec spec, TipcEndpoint target) {
        var options = new EndpointOptions(spec);
        TipcEndpoint endpoint = target;
        String scope = options.take(SCOPE);
        if (scope != null) {
            TipcEndpoint.Scope known = scope(scope);
            if (known == null) {
                throw options.refuse(SCOPE, "expected cluster or node");
            }
            endpoint =
                    switch (endpoint) {
                        case TipcEndpoint.Service service -> service.with(known);
                        case TipcEndpoint.ServiceRange range -> range.with(known);
                        case TipcEndpoint.SocketId _, TipcEndpoint.Member _ ->
                                throw options.refuse(SCOPE, "a socket has no scope");
                    };
        }
        String domain = options.take(DOMAIN);
        if (domain != null) {
            long node = node(domain);
            if (node < 0) {
                throw options.refuse(DOMAIN, "expected a node, as 1001001 or 1.1.1");
            }
            if (!(endpoint instanceof TipcEndpoint.Service service)) {
                throw options.refuse(DOMAIN, "only TYPE/INSTANCE is looked for on a node");
            }
            endpoint = service.at(node);
        }
        return endpoint;
    }

    /** The scope that a text names, or null. */
    static TipcEndpoint.@Nullable Scope scope(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "cluster" -> TipcEndpoint.Scope.CLUSTER;
            case "node" -> TipcEndpoint.Scope.NODE;
            default -> null;
        };
    }

    /** The node that a text names, or -1: {@code 1001001}, {@code 1.1.1}, {@code <1.1.1>}. */
    static long node(String text) {
        boolean bracketed = text.startsWith("<") && text.endsWith(">");
        String bare = bracketed ? text.substring(1, text.length() - 1) : text;
        String[] parts = bare.split("\\.", -1);
        if (parts.length == 3) {
            int zone = Percent.decimal(parts[0], 0xFF);
            int cluster = Percent.decimal(parts[1], 0xFFF);
            int node = Percent.decimal(parts[2], 0xFFF);
            return (zone | cluster | node) < 0
                    ? -1
                    : (long) zone << 24 | (long) cluster << 12 | node;
        }
        boolean hash =
                !bracketed
                        && !bare.isEmpty()
                        && bare.length() <= 8
                        && bare.chars().allMatch(TipcText::isHexDigit);
        return hash ? Long.parseLong(bare, 16) : -1;
    }

    private static boolean isHexDigit(int c) {
        return c < 0x80 && Character.digit(c, 16) >= 0;
    }
}
