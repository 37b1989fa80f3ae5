// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/** What there is to know of an address beside its number: IFA_F_ and the name. */
public enum AddressFlag {
    /** IPv4: a further one of its network. IPv6: a temporary one, RFC 8981. */
    SECONDARY(0x01),
    /** Nobody is asked whether it is taken. */
    NODAD(0x02),
    /** It is used while that is asked. */
    OPTIMISTIC(0x04),
    /** It is taken. */
    DADFAILED(0x08),
    /** The home address of Mobile IPv6. */
    HOMEADDRESS(0x10),
    /** It is no longer for new connections: its preferred lifetime is over. */
    DEPRECATED(0x20),
    /** It is being asked whether it is taken. */
    TENTATIVE(0x40),
    /** It was set by the administrator, and for ever. */
    PERMANENT(0x80),
    /** Temporary addresses are made for it. */
    MANAGETEMPADDR(0x100),
    /** It brings no route to its network. */
    NOPREFIXROUTE(0x200),
    /** It joins a multicast group. */
    MCAUTOJOIN(0x400),
    /** It was made from a secret, RFC 7217. */
    STABLE_PRIVACY(0x800);

    private final int bit;

    AddressFlag(int bit) {
        this.bit = bit;
    }

    /** The kernel's bit. */
    public int bit() {
        return bit;
    }
}
