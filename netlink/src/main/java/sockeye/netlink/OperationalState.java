// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/** Whether a link can carry packets: RFC 2863, {@code ifOperStatus}. */
public enum OperationalState {
    // In the order of the kernel's numbers.

    /** Its driver does not say; most likely it can. */
    UNKNOWN,
    /** A part of the machine is missing. */
    NOT_PRESENT,
    /** It cannot. */
    DOWN,
    /** A link below it cannot. */
    LOWER_LAYER_DOWN,
    /** It is being tested. */
    TESTING,
    /** It waits for something, such as the authentication of 802.1X. */
    DORMANT,
    /** It can. */
    UP;

    private static final OperationalState[] ALL = values();

    static OperationalState of(int number) {
        return number >= 0 && number < ALL.length ? ALL[number] : UNKNOWN;
    }
}
