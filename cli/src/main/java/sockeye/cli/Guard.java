// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

import sockeye.server.ServerLimits;
import sockeye.wire.AccessRules;
import sockeye.wire.IpNetwork;
import sockeye.wire.RateLimit;
import sockeye.wire.TimeLimits;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whom {@code serve} lets in, how many, and for how long.
 *
 * @param access who may connect
 * @param limits how many may, and for how long
 */
record Guard(AccessRules access, ServerLimits limits) {
    private static final int MOST = 1 << 24;
    private static final Pattern RATE = Pattern.compile("([0-9]{1,7})/(s|m|h)");

    /** Adds the options. */
    static void addTo(CommandSpec spec) {
        addSeveral(
                spec,
                "--allow",
                "NETWORK",
                "Serve only clients from this network or address, 10.0.0.0/8 or 2001:db8::1. May be"
                        + " given several times, with --deny; the longest network that contains an"
                        + " address decides, in whatever order.",
                Guard::network);
        addSeveral(
                spec,
                "--deny",
                "NETWORK",
                "Serve no clients from this network or address.",
                Guard::network);
        addSeveral(
                spec,
                "--allow-uid",
                "USER",
                "Serve on Unix sockets only this user, by name or number. May be given several"
                        + " times.",
                Guard::user);
        add(
                spec,
                "--max-connections",
                "N",
                "How many connections at a time; more wait (default: 16384).",
                text -> Quantity.count(text, 1, MOST));
        add(
                spec,
                "--max-per-peer",
                "N",
                "How many of one IPv4 address, IPv6 /64 or user; more are turned away (default: a"
                        + " quarter of all).",
                text -> Quantity.count(text, 1, MOST));
        add(
                spec,
                "--peer-rate",
                "RATE",
                "How fast one of these may connect: 5/s, 60/m, 100/h; faster ones are turned away.",
                Guard::rate);
        add(
                spec,
                "--idle-timeout",
                "TIME",
                "End connections on which nothing moves for so long.",
                Quantity::time);
        add(
                spec,
                "--message-timeout",
                "TIME",
                "End connections whose message is not complete after so long.",
                Quantity::time);
        add(spec, "--lifetime", "TIME", "End connections after so long.", Quantity::time);
    }

    /** What was asked for. */
    static Guard of(ParseResult parsed) {
        AccessRules access = AccessRules.EVERYBODY;
        for (IpNetwork each : parsed.matchedOptionValue("--allow", List.<IpNetwork>of())) {
            access = access.allow(each);
        }
        for (IpNetwork each : parsed.matchedOptionValue("--deny", List.<IpNetwork>of())) {
            access = access.deny(each);
        }
        for (int each : parsed.matchedOptionValue("--allow-uid", List.<Integer>of())) {
            access = access.allowUid(each);
        }
        ServerLimits usual = ServerLimits.DEFAULT;
        int all = parsed.matchedOptionValue("--max-connections", usual.admission().connections());
        int one = parsed.matchedOptionValue("--max-per-peer", Math.max(1, all / 4));
        TimeLimits times = usual.times();
        return new Guard(
                access,
                usual.withMaxConnections(all)
                        .withMaxPerPeer(one)
                        .withPeerRate(parsed.matchedOptionValue("--peer-rate", RateLimit.NONE))
                        .withIdle(parsed.matchedOptionValue("--idle-timeout", times.idle()))
                        .withMessageTime(
                                parsed.matchedOptionValue("--message-timeout", times.message()))
                        .withLifetime(parsed.matchedOptionValue("--lifetime", times.lifetime())));
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

    private static <T> void add(
            CommandSpec spec,
            String name,
            String label,
            String description,
            Function<String, T> converter) {
        spec.addOption(
                OptionSpec.builder(name)
                        .paramLabel(label)
                        .type(Object.class)
                        .converters((ITypeConverter<T>) converter::apply)
                        .description(description)
                        .build());
    }

    private static <T> void addSeveral(
            CommandSpec spec,
            String name,
            String label,
            String description,
            Function<String, T> converter) {
        spec.addOption(
                OptionSpec.builder(name)
                        .paramLabel(label)
                        .arity("1")
                        .type(List.class)
                        .auxiliaryTypes(Object.class)
                        .converters((ITypeConverter<T>) converter::apply)
                        .description(description)
                        .build());
    }
}
