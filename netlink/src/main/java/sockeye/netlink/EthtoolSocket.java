// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.Deadline;

import java.io.IOException;
import java.util.List;

/**
 * What {@code ethtool} shows of interfaces, read-only: speed and duplex, the carrier, features,
 * ring sizes. The family {@code ethtool} of generic netlink, Linux 5.6; nothing here needs a
 * privilege.
 *
 * <p>Each can be asked of one interface by its name, ENODEV if there is none and EOPNOTSUPP if its
 * driver does not know; or of all that know. Threads, waiting and errors are those of {@link
 * NetlinkSocket}.
 *
 * @see <a href="https://docs.kernel.org/networking/ethtool-netlink.html">Netlink interface for
 *     ethtool</a>
 */
public final class EthtoolSocket implements AutoCloseable {
    private static final int ETHTOOL_MSG_LINKMODES_GET = 4;
    private static final int ETHTOOL_MSG_LINKSTATE_GET = 6;
    private static final int ETHTOOL_MSG_FEATURES_GET = 11;
    private static final int ETHTOOL_MSG_RINGS_GET = 15;
    private static final int ETHTOOL_A_LINKSTATE_LINK = 2;

    private final GenericSocket generic;
    private final GenericFamily family;

    private EthtoolSocket(GenericSocket generic, GenericFamily family) {
        this.generic = generic;
        this.family = family;
    }

    /**
     * Opens a socket and finds the family.
     *
     * @throws NetlinkException ENOENT if the kernel has no ethtool family
     */
    public static EthtoolSocket open() throws IOException {
        return over(GenericSocket.open());
    }

    /** The same over a socket of generic netlink, which is closed with this, or if it fails. */
    public static EthtoolSocket over(GenericSocket generic) throws IOException {
        boolean done = false;
        try {
            EthtoolSocket made = new EthtoolSocket(generic, generic.family("ethtool"));
            done = true;
            return made;
        } finally {
            if (!done) {
                generic.close();
            }
        }
    }

    private <T> T one(int command, String name, PayloadDecoder<T> decoder) throws IOException {
        NetlinkRequest request =
                family.request(command, 0, payload -> EthtoolDevice.write(payload, name));
        return generic.netlink().get(request, decoder);
    }

    private <T> List<T> all(int command, PayloadDecoder<T> decoder) throws IOException {
        return generic.netlink().dump(family.request(command, 0, payload -> {}), decoder);
    }

    /** Speed, duplex and link modes of an interface. */
    public EthtoolLink link(String name) throws IOException {
        return one(ETHTOOL_MSG_LINKMODES_GET, name, EthtoolLink::decode);
    }

    /** The same of all interfaces that have such. */
    public List<EthtoolLink> links() throws IOException {
        return all(ETHTOOL_MSG_LINKMODES_GET, EthtoolLink::decode);
    }

    /** Whether an interface has a link to its peer. */
    public boolean hasLink(String name) throws IOException {
        return one(ETHTOOL_MSG_LINKSTATE_GET, name, EthtoolSocket::decodeState);
    }

    private static Boolean decodeState(PayloadReader payload) {
        GenericHeader.read(payload);
        for (AttributeReader at = payload.attributes(); at.next(); ) {
            if (at.type() == ETHTOOL_A_LINKSTATE_LINK) {
                return at.u8() != 0;
            }
        }
        return false;
    }

    /** What an interface leaves to the hardware. */
    public EthtoolFeatures features(String name) throws IOException {
        return one(ETHTOOL_MSG_FEATURES_GET, name, EthtoolFeatures::decode);
    }

    /** The same of all interfaces. */
    public List<EthtoolFeatures> features() throws IOException {
        return all(ETHTOOL_MSG_FEATURES_GET, EthtoolFeatures::decode);
    }

    /** The queues between an interface and its driver. */
    public EthtoolRings rings(String name) throws IOException {
        return one(ETHTOOL_MSG_RINGS_GET, name, EthtoolRings::decode);
    }

    /** The same of all interfaces that have such. */
    public List<EthtoolRings> rings() throws IOException {
        return all(ETHTOOL_MSG_RINGS_GET, EthtoolRings::decode);
    }

    /** As {@link NetlinkSocket#deadline}. */
    public void deadline(Deadline deadline) {
        generic.deadline(deadline);
    }

    /** Closes the socket. */
    @Override
    public void close() throws IOException {
        generic.close();
    }
}
