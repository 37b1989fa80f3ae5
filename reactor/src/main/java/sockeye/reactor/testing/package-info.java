// SPDX-License-Identifier: Apache-2.0

/**
 * Protocols without sockets: a {@link sockeye.reactor.testing.Simulator} is a reactor whose network
 * is in memory, whose time stands still unless it is moved, and whose accidents come from a seed;
 * {@link sockeye.reactor.testing.Seeds} runs many of them. {@link sockeye.reactor.testing.TestPeer}
 * is the other end of one protocol's connection, in the hand of a test.
 */
@NullMarked
package sockeye.reactor.testing;

import org.jspecify.annotations.NullMarked;
