// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

/**
 * What a contract asks for that not every family can give. A suite or a {@link Fixture} declares
 * which of them it lacks, and why; the tests that need one are skipped with that reason, and no
 * others.
 */
public enum Ability {
    /** Two sockets find each other by names: bind, getsockname, sendto. */
    NAMES,
    /** A sender has to wait when the receiver does not receive. */
    HOLDING_BACK,
    /** A sender learns that nobody reads any more. */
    NOTICING_NO_READER,
    /** The receiver sees that the sender has ended. */
    END,
    /** One direction can be ended and the other go on. */
    HALF_CLOSE,
    /** A message may be empty. */
    EMPTY_MESSAGE,
    /** There is a queue of errors beside the data. */
    ERROR_QUEUE,
    /** What waits can be looked at and stays; MSG_PEEK. */
    PEEK,
    /** The kernel tells how much waits, here and on its way; SIOCINQ, SIOCOUTQ. */
    QUEUE_LENGTHS,
    /** Who connected knows its own name, as its peer sees it. */
    OWN_NAME,
    /** A connection is made before anybody accepts it. */
    EARLY_CONNECTION,
    /** A connected socket knows its peer's name. */
    PEER_NAME,
    /** A socket that is not connected has no peer; ENOTCONN. */
    HAVING_NO_PEER,
    /** The real length of a message that was cut is told to who asks, by MSG_TRUNC. */
    REAL_LENGTH
}
