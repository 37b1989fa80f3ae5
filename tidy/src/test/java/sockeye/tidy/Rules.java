// SPDX-License-Identifier: Apache-2.0

package sockeye.tidy;

import sockeye.tidy.Tree.Source;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The house rules that need only a file's text. Each returns findings, empty if all is well. */
final class Rules {
    static final int COLUMNS = 100;

    /** A ratchet against growth: it may be lowered, not raised. */
    static final int LINES = 700;

    /** The BSD floor is one type by design: some eighty verbs, each with its javadoc. */
    private static final String VERBS = "core/src/main/java/sockeye/LinuxSocket.java";

    private static final int VERBS_LINES = 1_120;

    /** Of what others do, to be measured beside it; nothing of ours. */
    private static final String PEERS = "lab/bench/peers/";

    /** The one file that may touch the foreign linker. */
    static final String LINKER_FILE = "core/src/main/java/sockeye/internal/kernel/LinuxKernel.java";

    private static final String SPDX = "SPDX-License-Identifier: Apache-2.0";

    private static final Pattern LINKER = Pattern.compile("\\bLinker\\b");

    private static final Pattern BAD_NAME =
            Pattern.compile(
                    "\\b(?:class|interface|record|enum)\\s+(\\w*(?:Impl|Utils?|Constants))\\b");

    private static final Pattern WILDCARD =
            Pattern.compile("^import\\s+(?:static\\s+)?[\\w.]+\\*;");

    private static final Pattern SLEEP =
            Pattern.compile("\\b(?:Thread|TimeUnit\\.\\w+)\\.sleep\\(");

    /**
     * What would make a machine of wire do I/O, run by itself, or read a clock. The JDK's
     * interfaces for TLS keys and trust have Socket in their signatures, so its name may be
     * imported.
     */
    private static final Pattern IO =
            Pattern.compile(
                    String.join(
                            "|",
                            "\\bjava\\.net\\b(?!\\.Socket;)|\\bnew Socket\\b",
                            "\\bjava\\.nio\\.(?:channels|file)\\b",
                            "\\bjava\\.io\\.(?:File|Input|Output|Print|Reader|Writer|Random)",
                            "\\bjava\\.util\\.(?:Timer|concurrent\\.Comp)",
                            "\\bThread\\b|\\bExecutor\\w*",
                            "\\bnanoTime\\(|\\bcurrentTimeMillis\\(|\\.now\\(|\\bClock\\b",
                            "\\bSystem\\.(?:in|out|err)\\b",
                            "\\bRandom\\b|\\bThreadLocalRandom\\b",
                            "\\b(?:LinuxSocket|StreamSocket|MessageSocket|Listener)\\b",
                            "\\bByteStream\\b|\\bsockeye\\.internal\\b"));

    /** A pattern or a cast that picks the endpoints of one family. */
    private static final Pattern OF_ONE_FAMILY =
            Pattern.compile(
                    "(?:\\b(?:instanceof|case)\\s+|\\((?=\\w+\\)\\s*[\\w(]))"
                            + "([A-Z]\\w*)Endpoint\\b");

    private Rules() {}

    static List<String> licence(Source source) {
        int from = source.text().startsWith("#!") || source.text().startsWith("<?xml") ? 1 : 0;
        var line = source.lines().stream().skip(from).findFirst().orElse("");
        return line.contains(SPDX) ? List.of() : List.of(source.path() + ":1: no line " + SPDX);
    }

    /** A line may be longer only to keep a URL whole. */
    static List<String> columns(Source source) {
        return lines(
                source.path(),
                source.text(),
                line ->
                        line.codePointCount(0, line.length()) > COLUMNS
                                && !line.contains("http://")
                                && !line.contains("https://"),
                "more than " + COLUMNS + " columns");
    }

    static List<String> length(Source source) {
        int lines = source.lines().size();
        int most = source.path().equals(VERBS) ? VERBS_LINES : LINES;
        return lines <= most
                ? List.of()
                : List.of(source.path() + ": " + lines + " lines, more than " + most);
    }

    static List<String> plainText(Source source) {
        var findings = new ArrayList<String>();
        if (source.text().indexOf('\r') >= 0) {
            findings.add(source.path() + ": has carriage returns");
        }
        if (!source.text().endsWith("\n")) {
            findings.add(source.path() + ": does not end with a line end");
        }
        findings.addAll(
                lines(
                        source.path(),
                        source.text(),
                        line -> line.indexOf('\t') >= 0 || line.endsWith(" "),
                        "a tab, or blanks at the end"));
        return findings;
    }

    static List<String> linker(Source source) {
        return source.path().equals(LINKER_FILE) || source.path().startsWith(PEERS)
                ? List.of()
                : code(source, LINKER, "the foreign linker is for " + LINKER_FILE + " alone");
    }

    /** Applies to what ships. */
    static List<String> names(Source source) {
        return source.path().contains("src/main/")
                ? code(source, BAD_NAME, "a name that says nothing (Impl, Utils, Constants)")
                : List.of();
    }

    static List<String> imports(Source source) {
        return code(source, WILDCARD, "a wildcard import");
    }

    /** Applies to what lies below {@code wire/src/main}. */
    static List<String> wireWithoutIo(Source source) {
        return source.path().startsWith("wire/src/main/")
                ? code(source, IO, "wire does no I/O, runs nothing and reads no clock")
                : List.of();
    }

    /**
     * Applies to what lies below {@code core/src/main}: a question whether an endpoint is of one
     * family is asked in that family's own files alone, whose names begin with it.
     */
    static List<String> familiesApart(Source source) {
        if (!source.path().startsWith("core/src/main/")) {
            return List.of();
        }
        var file = source.path().substring(source.path().lastIndexOf('/') + 1);
        return lines(
                source.path(),
                source.code(),
                line ->
                        OF_ONE_FAMILY
                                .matcher(line)
                                .results()
                                .anyMatch(found -> !file.startsWith(found.group(1))),
                "what a family has of its own belongs into its own files");
    }

    /**
     * Applies to tests and to the test kit, which wait for what happens, never for time to pass.
     */
    static List<String> sleep(Source source) {
        return source.path().contains("src/test/") || source.path().startsWith("testkit/")
                ? code(source, SLEEP, "a test that sleeps")
                : List.of();
    }

    private static List<String> code(Source source, Pattern forbidden, String finding) {
        return lines(source.path(), source.code(), line -> forbidden.matcher(line).find(), finding);
    }

    private static List<String> lines(
            String path, String text, Predicate<String> bad, String finding) {
        var findings = new ArrayList<String>();
        int number = 0;
        for (var line : text.split("\n", -1)) {
            number++;
            if (bad.test(line)) {
                findings.add(path + ":" + number + ": " + finding + ": " + line.strip());
            }
        }
        return findings;
    }
}
