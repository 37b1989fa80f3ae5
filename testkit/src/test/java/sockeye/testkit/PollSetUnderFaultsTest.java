// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import org.junit.jupiter.api.extension.ExtendWith;

/** The same where the kernel interrupts, refuses and cuts. */
@ExtendWith(UnderFaults.class)
class PollSetUnderFaultsTest extends PollSetTest {}
