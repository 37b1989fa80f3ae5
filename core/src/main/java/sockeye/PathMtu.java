// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;

/**
 * What is known of the path to a destination: the value of {@link Ipv6Option#PATH_MTU}.
 *
 * @param destination where the path leads
 * @param mtu the largest packet that the path takes, in bytes
 */
public record PathMtu(Endpoint destination, int mtu) {

    @CStruct("struct ip6_mtuinfo")
    static final class Layout {
        static final int SIZEOF = 32;
        static final int ip6m_addr = 0;
        static final int ip6m_mtu = 28;

        private Layout() {}
    }

    static final OptionCodec<PathMtu> CODEC =
            OptionCodec.report(PathMtu.class, Layout.SIZEOF, Layout.SIZEOF, PathMtu::read);

    private static PathMtu read(ByteBuffer in) {
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        in.get(Layout.ip6m_addr, sockaddr, 0, Layout.ip6m_mtu);
        return new PathMtu(Endpoint.decode(sockaddr, Layout.ip6m_mtu), in.getInt(Layout.ip6m_mtu));
    }
}
