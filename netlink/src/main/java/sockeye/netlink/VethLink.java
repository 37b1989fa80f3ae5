// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/**
 * One end of a pair of virtual Ethernet links; the other is {@link Link#linked()}.
 *
 * @see <a href="https://man7.org/linux/man-pages/man4/veth.4.html">veth(4)</a>
 */
public record VethLink() implements LinkKind {
    static final String NAME = "veth";
    static final int VETH_INFO_PEER = 1;

    @Override
    public String name() {
        return NAME;
    }
}
