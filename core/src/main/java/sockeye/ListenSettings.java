// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.util.OptionalInt;

/**
 * What is to be so when a socket gets its name: the backlog, and rules about the file of a Unix
 * path name.
 *
 * @param backlog how many connections may wait to be accepted; the kernel caps it at {@code
 *     net.core.somaxconn}
 * @param mode the permission bits of the socket's file, 0 to 0777, or empty to leave them to the
 *     process's umask. They are in force from the first moment at which the name exists.
 * @param owner the numeric user of the file, or empty for this process's
 * @param group the numeric group of the file, or empty for this process's
 * @param replaceStale whether a socket file that nobody listens on is removed first
 * @param unlinkOnClose whether close removes the file, if it is still the one that was made
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
