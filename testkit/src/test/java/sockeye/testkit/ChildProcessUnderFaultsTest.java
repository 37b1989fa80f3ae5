// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import org.junit.jupiter.api.extension.ExtendWith;

/** The same where the kernel interrupts and refuses. */
@ExtendWith(UnderFaults.class)
class ChildProcessUnderFaultsTest extends ChildProcessTest {}
