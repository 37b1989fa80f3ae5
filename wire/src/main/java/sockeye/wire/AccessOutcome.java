// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

/** How a connection ended. */
public enum AccessOutcome {
    /** Its handler has served it to the end. */
    FINISHED,
    /** Its handler or a layer threw, or the connection broke. */
    FAILED,
    /** The server closed it under its handler, as it was stopping or as a limit was passed. */
    CUT_OFF,
    /** It was not let in. */
    REJECTED;

    /**
     * As it stands in a log: {@code finished}, {@code failed}, {@code cut-off}, {@code rejected}.
     */
    @Override
    public String toString() {
        return StampFormat.Names.of(this);
    }
}
