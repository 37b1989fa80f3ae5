// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.nio.charset.StandardCharsets.UTF_8;

import sockeye.internal.kernel.CStruct;

import java.io.IOException;

/**
 * The index of a network interface, by SIOCGIFINDEX: netdevice(7). The JDK's {@code
 * NetworkInterface} does not find those without an IP address.
 */
final class InterfaceIndex {
    private static final int SIOCGIFINDEX = 0x8933;

    /** IFNAMSIZ, with the closing NUL. */
    private static final int NAME_ROOM = 16;

    private InterfaceIndex() {}

    /**
     * Asks the kernel, in the network namespace of this thread's new sockets.
     *
     * @throws IOException ENODEV if there is none of this name
     */
    static int of(String name) throws IOException {
        byte[] bytes = name.getBytes(UTF_8);
        if (bytes.length == 0 || bytes.length >= NAME_ROOM || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("not an interface: " + Percent.quote(name));
        }
        byte[] request = new byte[Layout.SIZEOF];
        System.arraycopy(bytes, 0, request, Layout.ifr_ifrn_ifrn_name, bytes.length);
        try (LinuxSocket socket =
                LinuxSocket.socket(AddressFamily.AF_UNIX, SocketType.SOCK_DGRAM)) {
            socket.ioctl(SIOCGIFINDEX, request);
        }
        return Sockaddr.hostInt(request, Layout.ifr_ifru_ifru_ivalue);
    }

    /** Offsets in bytes. */
    @CStruct("struct ifreq")
    static final class Layout {
        static final int SIZEOF = 40;
        static final int ifr_ifrn_ifrn_name = 0;
        static final int ifr_ifru_ifru_ivalue = 16;

        private Layout() {}
    }
}
