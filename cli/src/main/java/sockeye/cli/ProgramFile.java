// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import sockeye.reactor.Service;
import sockeye.reactor.ServiceFailure;
import sockeye.reactor.ServicePlugins;
import sockeye.reactor.ServiceTree;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * What {@code run} runs: services that plug-ins make, a line for each, in the order in which they
 * are started.
 *
 * <pre>
 * # NAME: PLUGIN KEY=VALUE ...
 * web: serve service=echo at=tcp:7007
 *      # a line that begins with a blank goes on with the one before
 *      greeting="a value with blanks, and \" and \\ in it"
 * </pre>
 */
final class ProgramFile {
    private static final long LONGEST = 1 << 20;

    /**
     * One service.
     *
     * @param where what an error begins with
     * @param words name, plug-in and options, as they stand there
     */
    private record Entry(String where, List<String> words) {}

    private ProgramFile() {}

    /**
     * Has the services of a file made.
     *
     * @throws IllegalArgumentException that says in which line something is wrong
     */
    static ServiceTree read(Path file, ServicePlugins plugins) throws IOException {
        List<String> lines;
        try {
            if (Files.size(file) > LONGEST) {
                throw new IllegalArgumentException(file + " is longer than a program file is");
            }
            lines = Files.readAllLines(file);
        } catch (CharacterCodingException other) {
            throw new IllegalArgumentException(file + " is no text in UTF-8", other);
        } catch (FileSystemException cannot) {
            throw new IOException(TlsFiles.why(cannot), cannot);
        }
        ServiceTree program = ServiceTree.of("program");
        for (Entry each : entries(String.valueOf(file.getFileName()), lines)) {
            try {
                add(program, each.words, plugins);
            } catch (IllegalArgumentException | NoSuchElementException wrong) {
                throw new IllegalArgumentException(each.where + ": " + Complaint.of(wrong), wrong);
            }
        }
        if (program.services().isEmpty()) {
            throw new IllegalArgumentException(file + " has no service in it");
        }
        return program;
    }

    /** The one service of words, {@code PLUGIN KEY=VALUE ...}, as {@link #read} has many. */
    static ServiceTree of(List<String> words, ServicePlugins plugins) throws ServiceFailure {
        ServiceTree program = ServiceTree.of("program");
        try {
            add(program, words, plugins);
        } catch (NoSuchElementException unknown) {
            throw new IllegalArgumentException(Complaint.of(unknown), unknown);
        }
        return program;
    }

    private static void add(ServiceTree program, List<String> words, ServicePlugins plugins)
            throws ServiceFailure {
        String first = words.getFirst();
        boolean named = first.endsWith(":") && first.length() > 1;
        if (named && words.size() == 1) {
            throw new IllegalArgumentException("no plug-in after " + first);
        }
        Map<String, String> options = options(words.subList(named ? 2 : 1, words.size()));
        Service made = plugins.make(words.get(named ? 1 : 0), options);
        String name = named ? first.substring(0, first.length() - 1) : made.name();
        if (program.find(name).isPresent()) {
            throw new IllegalArgumentException(
                    "%s is there already; begin the line with another name and a colon"
                            .formatted(name));
        }
        var _ = program.add(name.equals(made.name()) ? made : ServiceTree.of(name, made));
    }

    private static Map<String, String> options(List<String> words) {
        var options = new LinkedHashMap<String, String>();
        for (String each : words) {
            int equals = each.indexOf('=');
            if (equals <= 0) {
                throw new IllegalArgumentException("no KEY=VALUE: " + each);
            }
            if (options.put(each.substring(0, equals), each.substring(equals + 1)) != null) {
                throw new IllegalArgumentException(each.substring(0, equals) + " twice");
            }
        }
        return options;
    }

    private static List<Entry> entries(String file, List<String> lines) {
        var entries = new ArrayList<Entry>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            String where = file + ":" + (i + 1);
            List<String> words = words(line, where);
            if (words.isEmpty()) {
                continue;
            }
            if (!Character.isWhitespace(line.charAt(0))) {
                entries.add(new Entry(where, words));
            } else if (entries.isEmpty()) {
                throw new IllegalArgumentException(where + ": begins with a blank, after nothing");
            } else {
                entries.getLast().words.addAll(words);
            }
        }
        return entries;
    }

    /** The words of a line. What is between quotation marks is a part of one, blanks included. */
    private static List<String> words(String line, String where) {
        var words = new ArrayList<String>();
        var word = new StringBuilder();
        boolean inWord = false;
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (quoted && c == '\\' && i + 1 < line.length()) {
                word.append(line.charAt(++i));
            } else if (c == '"') {
                quoted = !quoted;
                inWord = true;
            } else if (!quoted && Character.isWhitespace(c)) {
                if (inWord) {
                    words.add(word.toString());
                }
                word.setLength(0);
                inWord = false;
            } else if (!inWord && c == '#') {
                break;
            } else {
                word.append(c);
                inWord = true;
            }
        }
        if (quoted) {
            throw new IllegalArgumentException(where + ": a quotation mark is not closed");
        }
        if (inWord) {
            words.add(word.toString());
        }
        return words;
    }
}
