// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.util.OptionalInt;

/**
 * What is to be so when a socket gets its name: the backlog, and rules about the file of a Unix
 * path name.
 *
 * <p>A socket's file decides who may connect: it takes the right to write to it, and to search its
 * directories; unix(7). At no moment, from bind on, does the name admit anyone whom mode, owner and
 * group do not admit in the end; the process's umask is not touched. While a file is made, replaced
 * or removed there is a second one beside it, its name with {@code .bindlock} behind, which keeps
 * others of our kind away; {@code docs/design/unix-names.md} tells how.
 *
 * <p>Mode, owner and group are refused with {@link IllegalArgumentException} for what is no path:
 * an abstract name admits everybody in its network namespace.
 *
 * @param backlog how many connections may wait to be accepted; the kernel caps it at {@code
 *     net.core.somaxconn} without a word, and less than 0 counts as 0
 * @param mode the permission bits of the socket's file, 0 to 0777, or empty to leave them to the
 *     process's umask. They are in force from the first moment at which the name exists.
 * @param owner the numeric user of the file, or empty for this process's
 * @param group the numeric group of the file, or empty for this process's
 * @param replaceStale whether a socket's file to which no socket is bound any more, a killed
 *     process's for instance, is removed first; a living one, and what is no socket, never is:
 *     EADDRINUSE
 * @param unlinkOnClose whether close removes the file, if the name still means the one that was
 *     made
 */
public record ListenSettings(
        int backlog,
        OptionalInt mode,
        OptionalInt owner,
        OptionalInt group,
        boolean replaceStale,
        boolean unlinkOnClose) {

    /**
     * A backlog of 4096; the mode is the umask's; a stale file is replaced, and the own one
     * removed.
     */
    public static final ListenSettings DEFAULT =
            new ListenSettings(
                    LinuxSocket.DEFAULT_BACKLOG,
                    OptionalInt.empty(),
                    OptionalInt.empty(),
                    OptionalInt.empty(),
                    true,
                    true);

    public ListenSettings {
        if (mode.isPresent() && (mode.getAsInt() & ~0777) != 0) {
            throw new IllegalArgumentException(
                    "mode must be between 0 and 0777: " + mode.getAsInt());
        }
    }

    /** The same with another backlog. */
    public ListenSettings withBacklog(int backlog) {
        return new ListenSettings(backlog, mode, owner, group, replaceStale, unlinkOnClose);
    }

    /** The same with permission bits for the file. */
    public ListenSettings withMode(int mode) {
        return new ListenSettings(
                backlog, OptionalInt.of(mode), owner, group, replaceStale, unlinkOnClose);
    }

    /** The same with an owner for the file; to give it away takes CAP_CHOWN. */
    public ListenSettings withOwner(int uid) {
        return new ListenSettings(
                backlog, mode, OptionalInt.of(uid), group, replaceStale, unlinkOnClose);
    }

    /** The same with a group for the file: one of the process's own, or with CAP_CHOWN any. */
    public ListenSettings withGroup(int gid) {
        return new ListenSettings(
                backlog, mode, owner, OptionalInt.of(gid), replaceStale, unlinkOnClose);
    }

    /** The same with or without the removal of a stale file. */
    public ListenSettings withReplaceStale(boolean replaceStale) {
        return new ListenSettings(backlog, mode, owner, group, replaceStale, unlinkOnClose);
    }

    /** The same with or without the removal of the own file on close. */
    public ListenSettings withUnlinkOnClose(boolean unlinkOnClose) {
        return new ListenSettings(backlog, mode, owner, group, replaceStale, unlinkOnClose);
    }
}
