// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.testkit.UnderFaults;

/** The same where the kernel interrupts, refuses and cuts. */
@ExtendWith(UnderFaults.class)
class DescriptorPairUnderFaultsTest extends DescriptorPairTest {}
