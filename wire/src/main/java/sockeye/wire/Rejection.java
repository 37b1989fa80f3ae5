// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

/** Why a connection was not admitted. */
public enum Rejection {
    /** {@link AccessRules} say so. */
    DENIED("not allowed"),
    /** Its peer has as many connections as one may have: {@link AdmissionLimits#perPeer}. */
    TOO_MANY("too many connections of one peer"),
    /** Its peer's connections come too fast: {@link AdmissionLimits#peerRate}. */
    TOO_FAST("connections of one peer come too fast"),
    /**
     * There are as many connections as there may be in all ({@link AdmissionLimits#connections}),
     * where further ones do not wait.
     */
    FULL("no place left"),
    /** The process or the machine has no descriptor left for it. */
    NO_DESCRIPTORS("no descriptors left"),
    /** The server's own verifier said no. */
    REFUSED("refused by the server");

    private final String text;

    Rejection(String text) {
        this.text = text;
    }

    /** In words, half a sentence. */
    @Override
    public String toString() {
        return text;
    }
}
