// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

/** One of the {@link TimeLimits}: what a connection may have taken too long for. */
public enum TimeLimit {
    /** Its layers were not established in time: {@link TimeLimits#handshake}. */
    HANDSHAKE("not ready to be served within"),
    /** Nothing came or went: {@link TimeLimits#idle}. */
    IDLE("silent for"),
    /** A message was begun and not finished: {@link TimeLimits#message}. */
    MESSAGE("a message is not complete after"),
    /** The peer took nothing of what was to be sent: {@link TimeLimits#stall}. */
    STALL("has taken nothing for"),
    /** It lasted too long: {@link TimeLimits#lifetime}. */
    LIFETIME("has lasted");

    private final String text;

    TimeLimit(String text) {
        this.text = text;
    }

    /** In words that a time follows, half a sentence: {@code silent for}. */
    @Override
    public String toString() {
        return text;
    }
}
