// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/** A link without a kind: the loopback link, and most hardware. */
public record PlainLink() implements LinkKind {
    @Override
    public String name() {
        return "";
    }
}
