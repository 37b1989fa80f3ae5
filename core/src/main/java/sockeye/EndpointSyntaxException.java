// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.Serial;

/**
 * A text that is no {@link EndpointSpec}, or one that its consumer cannot interpret.
 *
 * <p>The message is meant for whoever wrote the text. It says what is wrong, shows where, and says
 * what would do:
 *
 * <pre>
 * no such scheme: "tpc"
 *     tpc:localhost:80
 *     ^
 * did you mean tcp:localhost:80?
 * </pre>
 */
public final class EndpointSyntaxException extends IllegalArgumentException {
    @Serial private static final long serialVersionUID = 1;

    private static final int SHOWN_BEFORE = 60;
    private static final int SHOWN_BEHIND = 40;

    private final String text;
    private final int position;
    private final String problem;
    private final String hint;

    EndpointSyntaxException(String text, int position, String problem, String hint) {
        super(problem + "\n" + pointer(text, position) + hint);
        this.text = text;
        this.position = position;
        this.problem = problem;
        this.hint = hint;
    }

    /** The text with a caret below the place; of a long text, what surrounds it. */
    private static String pointer(String text, int position) {
        int from = position > SHOWN_BEFORE ? position - SHOWN_BEFORE : 0;
        int to = Math.min(text.length(), position + SHOWN_BEHIND);
        String before = (from > 0 ? "…" : "") + printable(text.substring(from, position));
        String behind = printable(text.substring(position, to)) + (to < text.length() ? "…" : "");
        String blank = " ".repeat(before.codePointCount(0, before.length()));
        return "    " + before + behind + "\n    " + blank + "^\n";
    }

    private static String printable(String text) {
        var shown = new StringBuilder(text.length());
        text.codePoints().forEach(c -> shown.appendCodePoint(Percent.isPrintable(c) ? c : '?'));
        return shown.toString();
    }

    /** The text, as it was given. */
    public String text() {
        return text;
    }

    /** Where in the text the problem is: an index, 0 to the length of the text. */
    public int position() {
        return position;
    }

    /** What is wrong, without a full stop: {@code no such scheme: "tpc"}. */
    public String problem() {
        return problem;
    }

    /**
     * What would do: {@code did you mean tcp:localhost:80?} or {@code expected tcp:HOST:PORT …}.
     */
    public String hint() {
        return hint;
    }

    /**
     * Problem, text and hint in one line, for logs and for commands that have one line to spare.
     */
    public String summary() {
        return problem + " in " + Percent.quote(text) + "; " + hint;
    }
}
