// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Users and groups by name or number: passwd(5), group(5), and what else nsswitch.conf(5) knows.
 */
enum AccountNames {
    USERS("user", "passwd"),
    GROUPS("group", "group");

    /** No place for an option of getent(1), a colon, or anything that is not printable. */
    private static final Pattern NAME =
            Pattern.compile("[^-:\\p{Cntrl}\\s][^:\\p{Cntrl}\\s]{0,254}");

    /** The highest id; (uid_t) -1 means "leave it". */
    private static final long MAX_ID = 0xFFFF_FFFEL;

    private static final int MAX_ENTRY = 1 << 20;

    private final String kind;
    private final String database;

    AccountNames(String kind, String database) {
        this.kind = kind;
        this.database = database;
    }

    /** What the names are of, for errors: {@code user} or {@code group}. */
    String kind() {
        return kind;
    }

    /**
     * The id of a name. Digits are an id themselves, as chown(1) has it, unless an account has them
     * for a name.
     */
    OptionalInt find(String name) {
        if (!NAME.matcher(name).matches()) {
            return OptionalInt.empty();
        }
        OptionalInt local = inFile(name);
        if (local.isPresent()) {
            return local;
        }
        long number = Percent.unsigned(name, MAX_ID);
        if (number >= 0) {
            return OptionalInt.of((int) number);
        }
        return byGetent(name);
    }

    private OptionalInt inFile(String name) {
        try (Stream<String> lines =
                Files.lines(Path.of("/etc", database), StandardCharsets.ISO_8859_1)) {
            String bytes =
                    new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
            return lines.filter(line -> line.startsWith(bytes + ":"))
                    .map(AccountNames::id)
                    .filter(OptionalInt::isPresent)
                    .findFirst()
                    .orElse(OptionalInt.empty());
        } catch (IOException | java.io.UncheckedIOException unreadable) {
            return OptionalInt.empty();
        }
    }

    /** Directory services are the C library's to ask; getent(1) does that for us. */
    private OptionalInt byGetent(String name) {
        Process getent = null;
        try {
            getent =
                    new ProcessBuilder(List.of("getent", "--", database, name))
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .redirectInput(
                                    ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                            .start();
            try (InputStream output = getent.getInputStream()) {
                byte[] entry = output.readNBytes(MAX_ENTRY);
                return id(new String(entry, StandardCharsets.ISO_8859_1));
            }
        } catch (IOException noGetent) {
            return OptionalInt.empty();
        } finally {
            if (getent != null) {
                getent.destroyForcibly();
            }
        }
    }

    /** The third field of {@code name:password:id:…}. */
    private static OptionalInt id(@Nullable String entry) {
        String[] fields = entry == null ? new String[0] : entry.split(":", 4);
        long number = fields.length < 3 ? -1 : Percent.unsigned(fields[2].strip(), MAX_ID);
        return number < 0 ? OptionalInt.empty() : OptionalInt.of((int) number);
    }
}
