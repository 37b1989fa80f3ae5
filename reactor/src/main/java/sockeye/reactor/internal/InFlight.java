// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

/** What a ring tells of: an operation, or the loan that one has left behind. */
sealed interface InFlight permits Operation, Loan {}
