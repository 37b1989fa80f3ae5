// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import java.util.Collection;

/** Which word somebody who misspelt one may have meant. */
final class Nearest {
    private static final int LONGEST = 40;

    private Nearest() {}

    /**
     * The word that the fewest slips lead to, if they are at most one in three letters: a letter
     * too many, too few, another one, or two that changed places.
     */
    static @Nullable String of(String word, Collection<String> words) {
        if (word.length() > LONGEST) {
            return null;
        }
        String nearest = null;
        int fewest = Math.max(1, word.length() / 3) + 1;
        for (String candidate : words) {
            int slips = slips(word, candidate);
            if (slips < fewest) {
                fewest = slips;
                nearest = candidate;
            }
        }
        return nearest;
    }

    private static int slips(String a, String b) {
        var table = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    table[i][j] = i + j;
                    continue;
                }
                int exchanged = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                table[i][j] =
                        Math.min(
                                table[i - 1][j - 1] + exchanged,
                                1 + Math.min(table[i - 1][j], table[i][j - 1]));
                boolean swapped =
                        i > 1
                                && j > 1
                                && a.charAt(i - 1) == b.charAt(j - 2)
                                && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    table[i][j] = Math.min(table[i][j], 1 + table[i - 2][j - 2]);
                }
            }
        }
        return table[a.length()][b.length()];
    }
}
