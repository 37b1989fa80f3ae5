// SPDX-License-Identifier: Apache-2.0

/**
 * Sockets, endpoints, options, messages and errors.
 *
 * <p>A socket moves bytes or messages, and a listener makes either; the endpoint says the family,
 * the class says the shape, an option is a typed constant.
 */
@NullMarked
package sockeye;

import org.jspecify.annotations.NullMarked;
