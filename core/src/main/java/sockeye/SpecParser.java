// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Reads {@code [WRAPPER+]…SCHEME:[//]TARGET[?NAME[=VALUE][&…]]}. */
final class SpecParser {
    private static final List<String> SCHEMES =
            Arrays.stream(EndpointScheme.values()).map(EndpointScheme::text).toList();

    /**
     * The wrappers that are likely to be taken for schemes; any other name may be a wrapper too.
     */
    private static final Set<String> WRAPPERS = Set.of("tls", "proxy");

    private static final int LONGEST_HINT = 200;

    private SpecParser() {}

    static EndpointSpec parse(String text) {
        if (text.length() > EndpointSpec.MAX_TEXT) {
            throw new EndpointSyntaxException(
                    text,
                    EndpointSpec.MAX_TEXT,
                    "an endpoint of " + text.length() + " characters",
                    "at most " + EndpointSpec.MAX_TEXT + " are read");
        }
        int surrogate = unpairedSurrogate(text);
        if (surrogate >= 0) {
            throw new EndpointSyntaxException(
                    text, surrogate, "half of a character", "any byte can be percent-encoded");
        }
        int colon = text.indexOf(':');
        var head =
                colon < 0
                        ? List.of(text)
                        : Arrays.asList(text.substring(0, colon).split("\\+", -1));
        String name = head.getLast();
        EndpointScheme scheme = colon < 0 ? null : EndpointScheme.find(name);
        if (scheme == null) {
            throw noScheme(text, colon, name);
        }
        var wrappers = new ArrayList<String>();
        int at = 0;
        for (String wrapper : head.subList(0, head.size() - 1)) {
            if (!EndpointSpec.isWord(wrapper) || wrapper.indexOf('_') >= 0) {
                throw new EndpointSyntaxException(
                        text,
                        at,
                        "not a wrapper: " + Percent.quote(wrapper),
                        "expected letters, digits and -, as in tls+tcp:HOST:PORT");
            }
            wrappers.add(wrapper.toLowerCase(Locale.ROOT));
            at += wrapper.length() + 1;
        }
        int query = text.indexOf('?', colon);
        var target =
                new SpecText(
                        text,
                        text.substring(0, colon),
                        colon + 1,
                        query < 0 ? text.length() : query);
        if (target.startsWith("//")) {
            target = target.after(2);
        }
        EndpointTarget parsed = scheme.grammar().parse(target);
        Map<String, String> options = query < 0 ? Map.of() : options(text, query + 1);
        try {
            return new EndpointSpec(wrappers, scheme, parsed, options);
        } catch (IllegalArgumentException e) { // only percent-encoded it is too long
            throw new EndpointSyntaxException(
                    text,
                    text.length(),
                    String.valueOf(e.getMessage()),
                    "at most " + EndpointSpec.MAX_TEXT + " are read");
        }
    }

    private static Map<String, String> options(String text, int from) {
        var options = new LinkedHashMap<String, String>();
        for (int at = from; at <= text.length(); ) {
            int and = text.indexOf('&', at);
            int end = and < 0 ? text.length() : and;
            var option = new SpecText(text, "", at, end);
            int equals = option.indexOf('=');
            String name = (equals < 0 ? option : option.before(equals)).text();
            if (!EndpointSpec.isWord(name)) {
                throw option.error(
                        name.isEmpty()
                                ? "an option is missing"
                                : "not the name of an option: " + Percent.quote(name),
                        "options are written ?name=value&name=value");
            }
            String value = equals < 0 ? "true" : option.after(equals + 1).decodeText();
            if (options.putIfAbsent(name.toLowerCase(Locale.ROOT), value) != null) {
                throw option.error(
                        "the option " + Percent.quote(name) + " a second time",
                        "an option has one value");
            }
            at = end + 1;
        }
        return options;
    }

    /** What to say about a text without a known scheme; what it would be with one is tried out. */
    private static EndpointSyntaxException noScheme(String text, int colon, String name) {
        if (text.isEmpty()) {
            return new EndpointSyntaxException(
                    text, 0, "an endpoint is missing", "expected for example tcp:localhost:80");
        }
        int at = colon < 0 ? 0 : colon - name.length();
        String problem;
        if (colon < 0 || name.isEmpty()) {
            problem = "a scheme is missing";
        } else if (WRAPPERS.contains(name.toLowerCase(Locale.ROOT))) {
            problem = name + " goes around a transport, and is none";
        } else {
            problem = "no such scheme: " + Percent.quote(name);
        }
        String meant = meant(text, colon, name, at);
        return new EndpointSyntaxException(
                text,
                at,
                problem,
                meant != null
                        ? "did you mean " + meant + "?"
                        : "expected one of " + String.join(", ", SCHEMES));
    }

    private static @Nullable String meant(String text, int colon, String name, int at) {
        String closest = colon < 0 ? null : Suggestion.closest(name, SCHEMES);
        if (WRAPPERS.contains(name.toLowerCase(Locale.ROOT))) {
            String wrapped = text.substring(0, colon) + "+tcp" + text.substring(colon);
            return or(canonical(wrapped), name + "+tcp:HOST:PORT");
        }
        if (closest != null) {
            String repaired = text.substring(0, at) + closest + text.substring(colon);
            return or(canonical(repaired), closest + ":…");
        }
        boolean path = text.startsWith("/") || text.startsWith("./") || text.startsWith("@");
        String whole = text.startsWith(":") ? "tcp" + text : (path ? "unix:" : "tcp:") + text;
        return canonical(whole);
    }

    private static String or(@Nullable String preferred, String otherwise) {
        return preferred != null ? preferred : otherwise;
    }

    /**
     * A suggestion as it may be shown, printable whatever is in the text that it was made from;
     * null if it would not parse, or is too long to be of help. What is suggested for a text always
     * has a scheme, or else a bracket or a colon more than the text, so that suggestions for
     * suggestions come to an end.
     */
    static @Nullable String canonical(String text) {
        try {
            String canonical = parse(text).toString();
            return canonical.length() <= LONGEST_HINT ? canonical : null;
        } catch (EndpointSyntaxException e) {
            return null;
        }
    }

    private static int unpairedSurrogate(String text) {
        for (int at = 0; at < text.length(); at++) {
            if (Character.isSurrogate(text.charAt(at))) {
                if (Character.charCount(text.codePointAt(at)) == 1) {
                    return at;
                }
                at++;
            }
        }
        return -1;
    }
}
