// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AddressFamily.AF_VSOCK;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * A port of a virtual machine, of its host, or of this machine: {@code struct sockaddr_vm};
 * vsock(7).
 *
 * <p>A context identifier, CID, names a machine as seen from here. Below the first CID that a guest
 * can have, 3, are the hypervisor's own services, this machine by loopback, and the host. Numbers
 * are the kernel's unsigned 32 bits. To bind to a port below 1024 takes CAP_NET_BIND_SERVICE.
 *
 * <p>SOCK_SEQPACKET has a flaw of the kernel: a record for which the receiver has room only in part
 * is sent in part, and what would be sent next would stand behind that part in one record. Here
 * such a send ends the connection instead, with ECONNABORTED: the receiver gets whole records, and
 * then the end. Keep less than the receiver's buffer under way, send records whose length divides
 * it, or use a stream.
 *
 * @param cid the machine, 0 to 4294967295; {@link #VMADDR_CID_ANY} to be reached under every CID
 *     that this machine has
 * @param port 0 to 4294967295; {@link #VMADDR_PORT_ANY} lets the kernel choose when binding
 * @param flags 0, or {@link #VMADDR_FLAG_TO_HOST} in the address to connect to
 */
public record VsockEndpoint(long cid, long port, int flags) implements Endpoint {
    private static final int AT_FDCWD = -100;

    /** IOCTL_VM_SOCKETS_GET_LOCAL_CID: no argument but the answer. */
    private static final int GET_LOCAL_CID = 0x7B9;

    /** To listen: every CID of this machine. */
    public static final long VMADDR_CID_ANY = 0xFFFF_FFFFL;

    /** Services of the hypervisor itself. */
    public static final long VMADDR_CID_HYPERVISOR = 0;

    /** This machine to itself, where the kernel has the loopback transport (Linux 5.6). */
    public static final long VMADDR_CID_LOCAL = 1;

    /** The machine that runs this virtual one. */
    public static final long VMADDR_CID_HOST = 2;

    /** To bind: a port of the kernel's choice. */
    public static final long VMADDR_PORT_ANY = 0xFFFF_FFFFL;

    /**
     * The connection goes to the host whatever the CID, for a host that passes it on to a sibling
     * machine; a connection that came so has it in its peer's address. Linux 5.11.
     */
    public static final int VMADDR_FLAG_TO_HOST = 1;

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is out of its bounds; flags are 0 to 255
     */
    public VsockEndpoint {
        if (!TargetGrammar.isUnsigned(cid) || !TargetGrammar.isUnsigned(port)) {
            throw new IllegalArgumentException(
                    "the CID and the port of a vsock endpoint are 0 to 4294967295, not "
                            + cid
                            + " and "
                            + port);
        }
        if ((flags & ~0xFF) != 0) {
            throw new IllegalArgumentException("vsock's flags are 0 to 255, not " + flags);
        }
    }

    /**
     * A port of a machine.
     *
     * @throws IllegalArgumentException if a number is not 0 to 4294967295
     */
    public static VsockEndpoint of(long cid, long port) {
        return new VsockEndpoint(cid, port, 0);
    }

    /** To listen: a port under every CID that this machine has. */
    public static VsockEndpoint any(long port) {
        return of(VMADDR_CID_ANY, port);
    }

    /** A port of this machine, by loopback. */
    public static VsockEndpoint local(long port) {
        return of(VMADDR_CID_LOCAL, port);
    }

    /** A port of the host of this virtual machine. */
    public static VsockEndpoint host(long port) {
        return of(VMADDR_CID_HOST, port);
    }

    /**
     * The CID by which this machine is reached: that of a guest, of a host {@link
     * #VMADDR_CID_HOST}, {@link #VMADDR_CID_ANY} if there is no transport; asked of {@code
     * /dev/vsock}.
     *
     * @throws IOException ENOENT if the kernel has no vsock, EACCES if others may not ask
     */
    public static long localCid() throws IOException {
        Kernel kernel = Kernel.current();
        byte[] device = "/dev/vsock".getBytes(StandardCharsets.US_ASCII);
        int fd = FileHandle.openat(kernel, AT_FDCWD, device, 0, 0);
        if (fd < 0) {
            throw ErrnoFailure.of("open /dev/vsock", -fd, null, null, null, 0);
        }
        try (Scratch scratch = Scratch.take()) {
            int result = kernel.ioctl(fd, GET_LOCAL_CID, scratch.address(Scratch.INTS));
            if (result < 0) {
                throw ErrnoFailure.of("ioctl /dev/vsock", -result, null, null, null, 0);
            }
            return Integer.toUnsignedLong(scratch.memory().get(JAVA_INT, Scratch.INTS));
        } finally {
            kernel.close(fd);
        }
    }

    @Override
    public int family() {
        return AF_VSOCK;
    }

    @Override
    public boolean isWildcard() {
        return cid == VMADDR_CID_ANY;
    }

    @Override
    public EndpointTarget target() {
        return new EndpointTarget.Vsock(cid, port);
    }

    @Override
    public int encode(int socketFamily, byte[] sockaddr) {
        Sockaddr.putFamily(sockaddr, AF_VSOCK);
        Sockaddr.putNetworkShort(sockaddr, Layout.svm_reserved1, 0);
        Sockaddr.putHostInt(sockaddr, Layout.svm_port, (int) port);
        Sockaddr.putHostInt(sockaddr, Layout.svm_cid, (int) cid);
        Sockaddr.putNetworkInt(sockaddr, Layout.svm_flags, flags << 24); // and svm_zero
        return Layout.SIZEOF;
    }

    /** Decodes what {@link Endpoint#decode} found to be of AF_VSOCK. */
    static Endpoint decode(byte[] sockaddr, int length) {
        if (length < Layout.SIZEOF) {
            return RawEndpoint.decode(AF_VSOCK, sockaddr, length);
        }
        return new VsockEndpoint(
                Integer.toUnsignedLong(Sockaddr.hostInt(sockaddr, Layout.svm_cid)),
                Integer.toUnsignedLong(Sockaddr.hostInt(sockaddr, Layout.svm_port)),
                Byte.toUnsignedInt(sockaddr[Layout.svm_flags]));
    }

    /** {@code 2:1024}, {@code any:1024}. The flags are not shown. */
    @Override
    public String toString() {
        return target().toString();
    }

    /** Offsets in bytes; all members are in the byte order of the host. */
    @CStruct("struct sockaddr_vm")
    static final class Layout {
        static final int SIZEOF = 16;
        static final int svm_reserved1 = 2;
        static final int svm_port = 4;
        static final int svm_cid = 8;
        static final int svm_flags = 12;

        private Layout() {}
    }
}
