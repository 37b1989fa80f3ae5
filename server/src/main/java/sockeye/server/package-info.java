// SPDX-License-Identifier: Apache-2.0

/** Servers: a handler is called on a virtual thread of its own for each connection or message. */
@NullMarked
package sockeye.server;

import org.jspecify.annotations.NullMarked;
