// SPDX-License-Identifier: Apache-2.0
package sockeye;

/**
 * How important what a TIPC socket sends is: a congested link takes the more important first, and a
 * receiver that does not keep up refuses the less important first. {@link TipcOption#IMPORTANCE}.
 */
public enum TipcImportance {
    /** TIPC_LOW_IMPORTANCE, the default. */
    LOW(0),
    /** TIPC_MEDIUM_IMPORTANCE: a connectionless receiver's queue is twice as long for it. */
    MEDIUM(1),
    /** TIPC_HIGH_IMPORTANCE: four times. */
    HIGH(2),
    /** TIPC_CRITICAL_IMPORTANCE: eight times. */
    CRITICAL(3);

    private final int number;

    TipcImportance(int number) {
        this.number = number;
    }

    /** The kernel's number. */
    int number() {
        return number;
    }
}
