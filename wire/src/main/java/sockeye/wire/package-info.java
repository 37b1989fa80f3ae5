// SPDX-License-Identifier: Apache-2.0

/**
 * Machines that take bytes and give bytes: services for streams ({@link
 * sockeye.wire.StreamService}) and for datagrams and records ({@link sockeye.wire.MessageService}),
 * and what they are made of ({@link sockeye.wire.Framer}, {@link sockeye.wire.Output}).
 *
 * <p>A machine does no I/O. A <em>driver</em> owns the socket, the waiting and the clock: it hands
 * a machine the bytes that came and the present {@link sockeye.wire.Moment}, and carries out what
 * the machine left in an {@link sockeye.wire.Output}. Time enters as an argument and a wanted
 * wake-up leaves as a value, so that the same machine runs blocking on a virtual thread,
 * event-driven in a reactor, and alone in a test. The contract between the two stands at {@link
 * sockeye.wire.StreamMachine}.
 */
@NullMarked
package sockeye.wire;

import org.jspecify.annotations.NullMarked;
