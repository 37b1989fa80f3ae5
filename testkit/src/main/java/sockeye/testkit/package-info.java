// SPDX-License-Identifier: Apache-2.0

/** Suites that every socket of a role must pass, and the faults to pass them under. */
@NullMarked
package sockeye.testkit;

import org.jspecify.annotations.NullMarked;
