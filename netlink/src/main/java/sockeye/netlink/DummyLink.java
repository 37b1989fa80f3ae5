// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/** A link that drops what is sent; good for addresses that are always there. */
public record DummyLink() implements LinkKind {
    static final String NAME = "dummy";

    @Override
    public String name() {
        return NAME;
    }
}
