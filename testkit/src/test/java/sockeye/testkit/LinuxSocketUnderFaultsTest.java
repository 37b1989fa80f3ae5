// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.testkit.FaultyKernel.Fault;

/** The same where the kernel interrupts and refuses; how much a call moves shows at this floor. */
@ExtendWith(UnderFaults.class)
@WithFaults({Fault.EINTR, Fault.EAGAIN})
class LinuxSocketUnderFaultsTest extends LinuxSocketTest {}
