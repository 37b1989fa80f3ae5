// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.HasDescriptor;

/**
 * One thing to set about a link, when it is made or later: for {@link RouteSocket#create} and
 * {@link RouteSocket#change}.
 *
 * <pre>{@code
 * route.change(link.index(), LinkSetting.mtu(1_400), LinkSetting.up());
 * }</pre>
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/ip-link.8.html">ip-link(8)</a>
 */
public sealed interface LinkSetting {

    /** A name of 1 to 15 bytes without blanks, slashes and colons; else EINVAL. */
    record Name(String value) implements LinkSetting {}

    /** The longest packet, in bytes; EINVAL beyond what the link's driver allows. */
    record Mtu(int value) implements LinkSetting {}

    /** The hardware address; EADDRNOTAVAIL or EBUSY if it cannot be set. */
    record Address(HardwareAddress value) implements LinkSetting {}

    /** The hardware address of everybody. */
    record Broadcast(HardwareAddress value) implements LinkSetting {}

    /** The index of the bridge or bond that it becomes a port of, 0 for none. */
    record Master(int link) implements LinkSetting {}

    /** How many packets may wait to be sent. */
    record QueueLength(long packets) implements LinkSetting {}

    /** The group of links that it belongs to. */
    record Group(long number) implements LinkSetting {}

    /** What the administrator writes about it, up to 255 bytes; empty takes it away. */
    record Alias(String text) implements LinkSetting {}

    /** The index it is to have; only when it is made. */
    record Index(int value) implements LinkSetting {}

    /** The network namespace that it moves to, by a descriptor. */
    record InNamespace(HasDescriptor namespace) implements LinkSetting {}

    /** The network namespace that it moves to, by a process in it. */
    record WithProcess(long pid) implements LinkSetting {}

    /** A flag on or off: UP, PROMISC, ALLMULTI, MULTICAST, NOARP, DYNAMIC and few others can be. */
    record Flag(LinkFlag flag, boolean on) implements LinkSetting {}

    /** Any attribute of IFLA_, for what has no name here. */
    record Raw(RawAttribute attribute) implements LinkSetting {}

    /** {@link Flag} UP. */
    static LinkSetting up() {
        return new Flag(LinkFlag.UP, true);
    }

    /** {@link Flag} UP, off: its routes go, and its IPv6 addresses. */
    static LinkSetting down() {
        return new Flag(LinkFlag.UP, false);
    }

    /** {@link Flag}. */
    static LinkSetting flag(LinkFlag flag, boolean on) {
        return new Flag(flag, on);
    }

    /** {@link Name}. */
    static LinkSetting name(String name) {
        return new Name(name);
    }

    /** {@link Mtu}. */
    static LinkSetting mtu(int bytes) {
        return new Mtu(bytes);
    }

    /** {@link Address}. */
    static LinkSetting address(HardwareAddress address) {
        return new Address(address);
    }

    /** {@link Broadcast}. */
    static LinkSetting broadcast(HardwareAddress address) {
        return new Broadcast(address);
    }

    /** {@link Master}. */
    static LinkSetting master(int link) {
        return new Master(link);
    }

    /** {@link Master} 0. */
    static LinkSetting noMaster() {
        return new Master(0);
    }

    /** {@link QueueLength}. */
    static LinkSetting queueLength(long packets) {
        return new QueueLength(packets);
    }

    /** {@link Group}. */
    static LinkSetting group(long number) {
        return new Group(number);
    }

    /** {@link Alias}. */
    static LinkSetting alias(String text) {
        return new Alias(text);
    }

    /** {@link Index}. */
    static LinkSetting index(int index) {
        return new Index(index);
    }

    /** {@link InNamespace}, as a rule a {@link sockeye.NetworkNamespace}. */
    static LinkSetting in(HasDescriptor namespace) {
        return new InNamespace(namespace);
    }

    /** {@link WithProcess}. */
    static LinkSetting inNamespaceOf(long pid) {
        return new WithProcess(pid);
    }
}
