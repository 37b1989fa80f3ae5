// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

/** A task that somebody waits for, who is to hear if the loop is closed before it is run. */
public interface Promised extends Runnable {
    /** It will not be run. */
    void forsaken();
}
