// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.testkit.FaultyKernel.Fault;
import sockeye.testkit.UnderFaults;
import sockeye.testkit.WithFaults;

/** The same where the kernel interrupts, refuses, and has no buffers. */
@ExtendWith(UnderFaults.class)
@WithFaults({Fault.EINTR, Fault.EAGAIN, Fault.ENOBUFS, Fault.SHORT_READ, Fault.SHORT_WRITE})
class MessagePassingUnderFaultsTest extends MessagePassingTest {}
