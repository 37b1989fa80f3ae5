// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

/**
 * Makes a value of a message's payload. It checks nothing that the readers check, see {@link
 * AttributeReader}, and may throw whatever its value's constructor throws: that becomes a {@link
 * NetlinkDecodeException}.
 *
 * @param <T> what it makes
 */
@FunctionalInterface
public interface PayloadDecoder<T> {
    /** The value; null to pass the message over. */
    @Nullable T decode(PayloadReader payload);
}
