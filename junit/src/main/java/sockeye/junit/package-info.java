// SPDX-License-Identifier: Apache-2.0

/**
 * An extension of JUnit's that gives tests a {@link sockeye.reactor.Reactor} or a {@link
 * sockeye.reactor.testing.Simulator}, one for each of many seeds if they want, and fails them for
 * what they leave.
 */
@NullMarked
package sockeye.junit;

import org.jspecify.annotations.NullMarked;
