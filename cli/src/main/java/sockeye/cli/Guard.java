// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

import sockeye.AddressFamily;
import sockeye.EndpointOptions;
import sockeye.EndpointScheme;
import sockeye.EndpointSpec;
import sockeye.server.ServerLimits;
import sockeye.wire.AccessRules;
import sockeye.wire.AdmissionLimits;
import sockeye.wire.IpNetwork;
import sockeye.wire.RateLimit;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whom {@code serve} lets in, how many, and for how long: by options of the command for all
 * endpoints, or of the same names behind an endpoint for that one.
 *
 * @param access who may connect
 * @param limits how many may, and for how long
 */
record Guard(AccessRules access, ServerLimits limits) {
    private static final int MOST = 1 << 24;
    private static final Pattern RATE = Pattern.compile("([0-9]{1,7})/(s|m|h)");
    static final Guard USUAL = new Guard(AccessRules.EVERYBODY, ServerLimits.DEFAULT);

    /** What an endpoint must be for a rule to be of use there. */
    private enum Of {
        IP,
        UNIX,
        CONNECTIONS
    }

    /**
     * One rule, and its name in both places.
     *
     * @param <T> what its text says
     * @param several whether it may be given several times; behind an endpoint divided by commas
     */
    private record Rule<T>(
            String name,
            String label,
            String description,
            Of of,
            boolean several,
            Function<String, T> reader,
            BiFunction<Guard, T, Guard> change) {

        OptionSpec option() {
            var option =
                    OptionSpec.builder("--" + name)
                            .paramLabel(label)
                            .converters((ITypeConverter<T>) reader::apply)
                            .description(description);
            return several
                    ? option.arity("1").type(List.class).auxiliaryTypes(Object.class).build()
                    : option.type(Object.class).build();
        }

        Guard applied(Guard guard, ParseResult parsed) {
            T one = several ? null : parsed.matchedOptionValue("--" + name, (T) null);
            Guard now = one == null ? guard : change.apply(guard, one);
            if (several) {
                for (T each : parsed.matchedOptionValue("--" + name, List.<T>of())) {
                    now = change.apply(now, each);
                }
            }
            return now;
        }

        Guard applied(Guard guard, EndpointOptions options) {
            String text = options.take(name);
            if (text == null) {
                return guard;
            }
            Guard now = guard;
            for (String each : several ? text.split(",", -1) : new String[] {text}) {
                try {
                    now = change.apply(now, reader.apply(each));
                } catch (TypeConversionException none) {
                    throw options.refuse(name, String.valueOf(none.getMessage()));
                }
            }
            return now;
        }
    }

    private static final List<Rule<?>> RULES =
            List.of(
                    new Rule<>(
                            "allow",
                            "NETWORK",
                            "Serve only clients from this network or address, 10.0.0.0/8 or"
                                    + " 2001:db8::1. May be given several times, with --deny; the"
                                    + " longest network that contains an address decides, in"
                                    + " whatever order.",
                            Of.IP,
                            true,
                            Guard::network,
                            (guard, each) -> guard.with(guard.access.allow(each))),
                    new Rule<>(
                            "deny",
                            "NETWORK",
                            "Serve no clients from this network or address.",
                            Of.IP,
                            true,
                            Guard::network,
                            (guard, each) -> guard.with(guard.access.deny(each))),
                    new Rule<>(
                            "allow-uid",
                            "USER",
                            "Serve on Unix sockets only this user, by name or number. May be given"
                                    + " several times.",
                            Of.UNIX,
                            true,
                            Guard::user,
                            (guard, each) -> guard.with(guard.access.allowUid(each))),
                    new Rule<>(
                            "deny-uid",
                            "USER",
                            "Serve on Unix sockets everybody but this user.",
                            Of.UNIX,
                            true,
                            Guard::user,
                            (guard, each) -> guard.with(guard.access.denyUid(each))),
                    new Rule<>(
                            "max-connections",
                            "N",
                            "How many connections at a time; more wait (default: 16384).",
                            Of.CONNECTIONS,
                            false,
                            text -> Quantity.count(text, 1, MOST),
                            Guard::withMost),
                    new Rule<>(
                            "max-per-peer",
                            "N",
                            "How many of one IPv4 address, IPv6 /64 or user; more are turned away"
                                    + " (default: a quarter of all).",
                            Of.CONNECTIONS,
                            false,
                            text -> Quantity.count(text, 1, MOST),
                            limited(ServerLimits::withMaxPerPeer)),
                    new Rule<>(
                            "peer-rate",
                            "RATE",
                            "How fast one of these may connect: 5/s, 60/m, 100/h; faster ones are"
                                    + " turned away.",
                            Of.CONNECTIONS,
                            false,
                            Guard::rate,
                            limited(ServerLimits::withPeerRate)),
                    time(
                            "handshake-timeout",
                            "End connections whose PROXY header and TLS are not done after so long"
                                    + " (default: 10s).",
                            ServerLimits::withHandshake),
                    time(
                            "idle-timeout",
                            "End connections on which nothing moves for so long.",
                            ServerLimits::withIdle),
                    time(
                            "message-timeout",
                            "End connections whose message is not complete after so long.",
                            ServerLimits::withMessageTime),
                    time(
                            "stall-timeout",
                            "Reset connections whose client takes none of its answers for so long"
                                    + " (default: 1m). 0s: never.",
                            ServerLimits::withStall),
                    time("lifetime", "End connections after so long.", ServerLimits::withLifetime));

    private static Rule<Duration> time(
            String name,
            String description,
            BiFunction<ServerLimits, Duration, ServerLimits> change) {
        return new Rule<>(
                name, "TIME", description, Of.CONNECTIONS, false, Quantity::time, limited(change));
    }

    private static <T> BiFunction<Guard, T, Guard> limited(
            BiFunction<ServerLimits, T, ServerLimits> change) {
        return (guard, value) -> new Guard(guard.access, change.apply(guard.limits, value));
    }

    private Guard with(AccessRules rules) {
        return new Guard(rules, limits);
    }

    /** One peer may have a quarter, unless something else was said. */
    private Guard withMost(int connections) {
        AdmissionLimits now = limits.admission();
        ServerLimits changed = limits.withMaxConnections(connections);
        return new Guard(
                access,
                now.perPeer() == quarter(now.connections())
                        ? changed.withMaxPerPeer(quarter(connections))
                        : changed);
    }

    private static int quarter(int connections) {
        return Math.max(1, connections / 4);
    }

    /** Adds the options. */
    static void addTo(CommandSpec spec) {
        RULES.forEach(each -> spec.addOption(each.option()));
    }

    /** What was asked for. */
    static Guard of(ParseResult parsed) {
        Guard guard = USUAL;
        for (Rule<?> each : RULES) {
            guard = each.applied(guard, parsed);
        }
        return guard;
    }

    /**
     * The same, with what an endpoint says for itself: rules about who may connect come in addition
     * to these, limits in place of them.
     *
     * @throws sockeye.EndpointSyntaxException if a value is none
     */
    Guard with(EndpointOptions options, EndpointSpec spec) {
        Guard guard = this;
        for (Rule<?> each : RULES) {
            if (isFor(each.of, spec)) {
                guard = each.applied(guard, options);
            }
        }
        return guard;
    }

    private static boolean isFor(Of of, EndpointSpec spec) {
        EndpointScheme scheme = spec.scheme();
        return scheme.isDescriptor()
                || switch (of) {
                    // A proxy names clients of IP over a Unix socket, too.
                    case IP -> Transports.isInet(scheme) || !spec.wrappers().isEmpty();
                    case UNIX -> scheme.family() == AddressFamily.AF_UNIX;
                    case CONNECTIONS -> Transports.isConnected(scheme);
                };
    }

    private static IpNetwork network(String text) {
        try {
            return IpNetwork.parse(text);
        } catch (IllegalArgumentException none) {
            throw new TypeConversionException(none.getMessage());
        }
    }

    private static Integer user(String text) {
        try {
            return Accounts.user(text);
        } catch (IOException | NumberFormatException unknown) {
            throw new TypeConversionException("no such user: '" + text + "'");
        }
    }

    /** {@code 5/s}, {@code 60/m}, {@code 100/h}. */
    static RateLimit rate(String text) {
        Matcher parts = RATE.matcher(text);
        if (parts.matches()) {
            Duration period =
                    switch (parts.group(2)) {
                        case "s" -> Duration.ofSeconds(1);
                        case "m" -> Duration.ofMinutes(1);
                        default -> Duration.ofHours(1);
                    };
            try {
                return RateLimit.per(period, Integer.parseInt(parts.group(1)));
            } catch (IllegalArgumentException outside) {
                throw new TypeConversionException(text + ": " + outside.getMessage());
            }
        }
        throw new TypeConversionException(
                "'%s' is no rate; write it as 5/s, 60/m or 100/h".formatted(text));
    }
}
