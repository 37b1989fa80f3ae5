// SPDX-License-Identifier: Apache-2.0

/**
 * Machines that take bytes and give events and bytes.
 *
 * <p>Time enters as an argument and a wanted wake-up leaves as a value, so that the same machine
 * runs blocking on a virtual thread, event-driven in a reactor, and alone in a test.
 */
@NullMarked
package sockeye.wire;

import org.jspecify.annotations.NullMarked;
