// SPDX-License-Identifier: Apache-2.0
package sockeye;

/**
 * A part of a spec that is being parsed, which knows where it stands in the whole.
 *
 * @param whole the whole text
 * @param scheme the scheme as it is written, for what the errors suggest
 * @param from where the part begins
 * @param to where it ends
 */
record SpecText(String whole, String scheme, int from, int to) {
    String text() {
        return whole.substring(from, to);
    }

    boolean isEmpty() {
        return from == to;
    }

    boolean startsWith(String prefix) {
        return whole.startsWith(prefix, from) && from + prefix.length() <= to;
    }

    /** The index of a character in this part, counted from the part's beginning, or -1. */
    int indexOf(char c) {
        int at = whole.indexOf(c, from);
        return at < 0 || at >= to ? -1 : at - from;
    }

    /** The index of the last such character in this part, or -1. */
    int lastIndexOf(char c) {
        int at = whole.lastIndexOf(c, to - 1);
        return at < from ? -1 : at - from;
    }

    /** What begins at an index of this part. */
    SpecText after(int index) {
        return new SpecText(whole, scheme, from + index, to);
    }

    /** What ends before an index of this part. */
    SpecText before(int index) {
        return new SpecText(whole, scheme, from, from + index);
    }

    /** The bytes that it stands for. */
    byte[] decode() {
        int bad = Percent.badEscape(text());
        if (bad >= 0) {
            throw after(bad)
                    .error(
                            "a percent sign without two hexadecimal digits",
                            "a percent sign itself is written %25");
        }
        return Percent.decode(text());
    }

    /** The text that it stands for. */
    String decodeText() {
        String decoded = Percent.utf8(decode());
        if (decoded == null) {
            throw error("not UTF-8 when decoded: " + quoted(), "only Unix names may have any byte");
        }
        return decoded;
    }

    String quoted() {
        return Percent.quote(text());
    }

    /**
     * A hint with the text in it that another target would make, or what is expected in general if
     * that would not do either.
     */
    String meant(String hint, String otherTarget) {
        String meant = SpecParser.canonical(scheme + ":" + otherTarget);
        return meant != null ? hint.replace("%s", meant) : TargetGrammar.INET.expected(this);
    }

    /** What is wrong with this part, pointing at its beginning. */
    EndpointSyntaxException error(String problem, String hint) {
        return new EndpointSyntaxException(whole, from, problem, hint);
    }
}
