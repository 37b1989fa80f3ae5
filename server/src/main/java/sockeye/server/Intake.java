// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.Role;

/** Where a server's work comes from: connections, or datagrams. */
sealed interface Intake extends ServerTask permits AcceptLoop, DatagramLoop {
    /** Where it takes from. */
    Role source();

    /** How much it has taken so far. */
    long taken();

    /** Whether it leaves what is there on purpose, for a limit is reached. */
    boolean holdsBack();
}
