// SPDX-License-Identifier: Apache-2.0
/**
 * How waiting works: descriptors with counted users, gates, the pollers and the deadlines. See
 * {@code docs/design/waiting.md}.
 */
@NullMarked
package sockeye.internal.wait;

import org.jspecify.annotations.NullMarked;
