// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import sockeye.EndpointSpec;

/**
 * What to serve where, as an argument of {@code serve} says it: {@code SPEC}, or {@code NAME=SPEC}
 * for another service than {@code --service} names.
 *
 * @param service one of {@link Offer#NAMES}
 * @param spec where
 */
record Posting(String service, EndpointSpec spec) {
    /**
     * Reads an argument.
     *
     * @param otherwise the service of a SPEC alone
     * @throws IllegalArgumentException if it is neither
     */
    static Posting parse(String text, String otherwise) {
        int equals = text.indexOf('=');
        if (equals >= 0 && isWord(text.substring(0, equals))) {
            return new Posting(
                    known(text.substring(0, equals)),
                    EndpointSpec.parse(text.substring(equals + 1)));
        }
        if (Offer.NAMES.contains(text)) {
            throw new IllegalArgumentException(
                    "%s is a service; say where as well: %s=tcp:PORT".formatted(text, text));
        }
        return new Posting(otherwise, EndpointSpec.parse(text));
    }

    /** A name ends before anything that a SPEC has. */
    private static boolean isWord(String text) {
        return text.chars().allMatch(c -> Character.isLetterOrDigit(c) || c == '-' || c == '_');
    }

    /**
     * The name of a service.
     *
     * @throws IllegalArgumentException if it is none; the message says which there are
     */
    static String known(String name) {
        if (Offer.NAMES.contains(name)) {
            return name;
        }
        String nearest = Nearest.of(name, Offer.NAMES);
        throw new IllegalArgumentException(
                "\"%s\" is no service; %s"
                        .formatted(
                                name,
                                nearest == null
                                        ? "there are " + String.join(", ", Offer.NAMES)
                                        : "did you mean " + nearest + "?"));
    }
}
