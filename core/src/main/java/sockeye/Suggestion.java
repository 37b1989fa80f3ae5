// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.Locale;

/** What somebody who misspelt a word may have meant. */
final class Suggestion {
    private static final int LONGEST = 40;

    private Suggestion() {}

    /**
     * The nearest of the words, if it is near: at most one slip per three characters, a slip being
     * a letter too many, too few, another one, or two that changed places. Case does not count.
     */
    static @Nullable String closest(String word, Collection<String> words) {
        String nearest = null;
        int best = Integer.MAX_VALUE;
        if (word.isEmpty() || word.length() > LONGEST) {
            return null;
        }
        for (String candidate : words) {
            int slips = slips(word.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
            int allowed = Math.max(1, Math.max(word.length(), candidate.length()) / 3);
            boolean anythingCommon = slips < Math.max(word.length(), candidate.length());
            if (slips < best && slips <= allowed && anythingCommon) {
                best = slips;
                nearest = candidate;
            }
        }
        return nearest;
    }

    /** The optimal string alignment distance. */
    private static int slips(String a, String b) {
        int[] beforeLast = new int[b.length() + 1];
        int[] last = new int[b.length() + 1];
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            last[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                char c = a.charAt(i - 1);
                char d = b.charAt(j - 1);
                int exchange = last[j - 1] + (c == d ? 0 : 1);
                row[j] = Math.min(exchange, 1 + Math.min(last[j], row[j - 1]));
                if (i > 1 && j > 1 && c == b.charAt(j - 2) && a.charAt(i - 2) == d) {
                    row[j] = Math.min(row[j], 1 + beforeLast[j - 2]);
                }
            }
            int[] spare = beforeLast;
            beforeLast = last;
            last = row;
            row = spare;
        }
        return last[b.length()];
    }
}
