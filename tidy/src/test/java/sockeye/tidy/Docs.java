// SPDX-License-Identifier: Apache-2.0

package sockeye.tidy;

import sockeye.tidy.Tree.Source;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** The rules for the pages: their links lead somewhere, and the code is as they say. */
final class Docs {
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
    private static final Pattern FENCE = Pattern.compile("(?ms)^ *```.*?^ *```");
    private static final Pattern CODE_SPAN = Pattern.compile("`[^`\n]*`");
    private static final Pattern QUALIFIED =
            Pattern.compile("\\b(?:exports|opens)\\s+([\\w.]+)\\s+to\\s+([\\w.,\\s]+);");

    private Docs() {}

    /** Relative links lead to a file, and their fragments to a heading of it. */
    static List<String> links(Tree tree, Source page) {
        var findings = new ArrayList<String>();
        var prose = CODE_SPAN.matcher(FENCE.matcher(page.text()).replaceAll("")).replaceAll("``");
        var matcher = LINK.matcher(prose);
        while (matcher.find()) {
            var target = matcher.group(1);
            if (target.matches("[a-z]+:.*")) {
                continue;
            }
            int hash = target.indexOf('#');
            var file = hash < 0 ? target : target.substring(0, hash);
            var here = tree.root().resolve(page.path());
            var there = file.isEmpty() ? here : here.resolveSibling(file).normalize();
            if (!Files.exists(there)) {
                findings.add(page.path() + ": the link " + target + " leads nowhere");
            } else if (hash >= 0
                    && there.toString().endsWith(".md")
                    && !anchors(text(tree, there)).contains(target.substring(hash + 1))) {
                findings.add(page.path() + ": no heading for the link " + target);
            }
        }
        return findings;
    }

    /** Each qualified export or opening of a module has its row in the page that lists them. */
    static List<String> qualifiedExports(Source module, Source page) {
        var findings = new ArrayList<String>();
        var matcher = QUALIFIED.matcher(module.code());
        while (matcher.find()) {
            for (var to : matcher.group(2).split(",")) {
                var from = "`" + matcher.group(1) + "`";
                var friend = "`" + to.strip() + "`";
                if (page.lines().stream().noneMatch(l -> l.contains(from) && l.contains(friend))) {
                    findings.add(
                            "%s: %s to %s has no row in %s"
                                    .formatted(module.path(), from, friend, page.path()));
                }
            }
        }
        return findings;
    }

    /** Each example is named by a page, so that none is left behind. */
    static List<String> examplesNamed(List<Source> examples, List<Source> pages) {
        var findings = new ArrayList<String>();
        for (var example : examples) {
            var name = Path.of(example.path()).getFileName().toString();
            if (pages.stream().noneMatch(page -> page.text().contains(name))) {
                findings.add(example.path() + ": no page names this example");
            }
        }
        return findings;
    }

    private static Set<String> anchors(String markdown) {
        var anchors = new HashSet<String>();
        var seen = new HashMap<String, Integer>();
        for (var line : FENCE.matcher(markdown).replaceAll("").lines().toList()) {
            if (line.matches("#{1,6} .*")) {
                var heading = line.replaceFirst("^#+ +", "").strip().toLowerCase(Locale.ROOT);
                var anchor = heading.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
                int times = seen.merge(anchor, 1, Integer::sum);
                anchors.add(times == 1 ? anchor : anchor + "-" + (times - 1));
            }
        }
        return anchors;
    }

    private static String text(Tree tree, Path file) {
        return tree.read(tree.root().relativize(file).toString()).text();
    }
}
