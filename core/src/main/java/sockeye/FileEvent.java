// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/**
 * What {@link FileWatch} tells of one file: {@code struct inotify_event}.
 *
 * @param watch the number of the watch, −1 for an overflow
 * @param watched the path that was given to {@link FileWatch#watch}, wherever the file has been
 *     moved since; null for an overflow
 * @param mask what happened, bits of IN_
 * @param cookie the same for the two events of one rename, IN_MOVED_FROM and IN_MOVED_TO; else 0
 * @param name the name within the directory that is watched; null if it is the watched itself
 */
public record FileEvent(
        int watch, @Nullable Path watched, int mask, int cookie, @Nullable String name) {

    /** Whether any of these bits is among what happened. */
    public boolean is(int bits) {
        return (mask & bits) != 0;
    }

    /** Whether events were lost, IN_Q_OVERFLOW: what is known of the files may be out of date. */
    public boolean isOverflow() {
        return is(FileWatch.IN_Q_OVERFLOW);
    }

    /** Whether it is about a directory. */
    public boolean isDirectory() {
        return is(FileWatch.IN_ISDIR);
    }

    /** The file by its path below what is watched; null for an overflow. */
    public @Nullable Path file() {
        return watched == null || name == null ? watched : watched.resolve(name);
    }

    /** Shows file, events by name, and the cookie. */
    @Override
    public String toString() {
        return "FileEvent[%s, %s%s]"
                .formatted(file(), FileWatch.namesOf(mask), cookie == 0 ? "" : ", " + cookie);
    }
}
