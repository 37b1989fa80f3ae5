// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

import sockeye.EndpointSyntaxException;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** What is wrong, in one line. */
final class Complaint {
    private Complaint() {}

    /** Of arguments that the parser refused. */
    static String of(ParameterException wrong) {
        if (wrong.getCause() instanceof EndpointSyntaxException syntax) {
            return of(syntax);
        }
        if (wrong instanceof UnmatchedArgumentException unmatched) {
            return unmatched(unmatched);
        }
        String command = wrong.getCommandLine().getCommandSpec().name();
        String message = oneLine(String.valueOf(wrong.getMessage()));
        if (wrong instanceof MissingParameterException) {
            message = message.replace("required parameter", "value");
        }
        return (command.equals("sockeye") ? "" : command + ": ") + lowerFirst(message);
    }

    /** Of a failure, or of arguments that a command refused. */
    static String of(Exception failed) {
        if (failed instanceof EndpointSyntaxException syntax) {
            return oneLine(syntax.summary());
        }
        String message = failed.getMessage();
        return oneLine(message == null ? failed.toString() : message);
    }

    /** With all its origins. */
    static String trace(Throwable failed) {
        var text = new StringWriter();
        failed.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }

    private static String unmatched(UnmatchedArgumentException wrong) {
        var line = wrong.getCommandLine();
        String command = line.getCommandSpec().name();
        String first = wrong.getUnmatched().getFirst();
        if (first.startsWith("-")) {
            var known =
                    line.getCommandSpec().options().stream()
                            .flatMap(option -> List.of(option.names()).stream())
                            .filter(name -> name.startsWith("--"))
                            .toList();
            int value = first.indexOf('=');
            String name = value < 0 ? first : first.substring(0, value);
            return (command.equals("sockeye") ? "" : command + ": ")
                    + "no such option: "
                    + name
                    + didYouMean(Nearest.of(name, known), "see sockeye " + help(command));
        }
        if (command.equals("sockeye")) {
            return noSuchCommand(first, line.getSubcommands().keySet());
        }
        return command + ": one argument too many: " + first;
    }

    private static String help(String command) {
        return command.equals("sockeye") ? "help" : "help " + command;
    }

    /** Of a word that should be a command. */
    static String noSuchCommand(String word, Collection<String> known) {
        if (word.indexOf(':') > 0) {
            return "no such command: %s; did you mean sockeye connect %s?".formatted(word, word);
        }
        return "no such command: %s%s"
                .formatted(
                        word,
                        didYouMean(
                                Nearest.of(word, known), "there are " + String.join(", ", known)));
    }

    private static String didYouMean(@Nullable String nearest, String otherwise) {
        return "; " + (nearest == null ? otherwise : "did you mean " + nearest + "?");
    }

    private static String lowerFirst(String text) {
        return text.isEmpty()
                ? text
                : text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", "; ");
    }
}
