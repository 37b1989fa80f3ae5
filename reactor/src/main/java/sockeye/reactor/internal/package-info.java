// SPDX-License-Identifier: Apache-2.0

/** The loop and its drivers; see {@code docs/design/reactor.md}. */
@NullMarked
package sockeye.reactor.internal;

import org.jspecify.annotations.NullMarked;
