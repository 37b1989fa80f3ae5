// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.util.List;

/**
 * A link of a kind that has no type here, or one whose driver tells nothing of it.
 *
 * @param name the kernel's word
 * @param data its attributes as they came
 */
public record OtherLink(String name, List<RawAttribute> data) implements LinkKind {
    /** Copies the list. */
    public OtherLink {
        data = List.copyOf(data);
    }
}
