// SPDX-License-Identifier: Apache-2.0

package sockeye.tidy;

/** Java text reduced to what the compiler acts on. */
final class Code {
    private Code() {}

    /** Blanks out comments and the insides of literals; line breaks stay where they are. */
    static String of(String text) {
        var out = new StringBuilder(text);
        int at = 0;
        while (at < text.length()) {
            int end = endOfInert(text, at);
            for (int i = at; i < end; i++) {
                if (out.charAt(i) != '\n') {
                    out.setCharAt(i, ' ');
                }
            }
            at = Math.max(end, at + 1);
        }
        return out.toString();
    }

    /** Returns the end of the comment or literal that starts here, or {@code at} if none does. */
    private static int endOfInert(String text, int at) {
        if (text.startsWith("//", at)) {
            return orEnd(text, text.indexOf('\n', at), 0);
        }
        if (text.startsWith("/*", at)) {
            return orEnd(text, text.indexOf("*/", at + 2), 2);
        }
        if (text.startsWith("\"\"\"", at)) {
            return closing(text, at + 3, "\"\"\"");
        }
        char c = text.charAt(at);
        return c == '"' || c == '\'' ? closing(text, at + 1, String.valueOf(c)) : at;
    }

    private static int closing(String text, int from, String mark) {
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.startsWith(mark, i)) {
                return i + mark.length();
            }
        }
        return text.length();
    }

    private static int orEnd(String text, int found, int more) {
        return found < 0 ? text.length() : found + more;
    }
}
