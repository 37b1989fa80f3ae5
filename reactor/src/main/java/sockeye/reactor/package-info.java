// SPDX-License-Identifier: Apache-2.0

/**
 * Event loops: a {@link sockeye.reactor.Reactor} calls {@link sockeye.reactor.Protocol protocols},
 * which act through their {@link sockeye.reactor.Transport transports}.
 *
 * <p>Everything that belongs to a reactor is used by the thread that runs it, and by no other; the
 * exceptions say so. Callbacks are never nested: what one of them causes, a write, a close, a
 * connection made, is told by a later one.
 */
@NullMarked
package sockeye.reactor;

import org.jspecify.annotations.NullMarked;
