// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

@Tag("A6-08")
class VsockEndpointTest {
    @Test
    void itIsWrittenAsTheKernelReadsIt() {
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        var endpoint = new VsockEndpoint(3, 0xFFFF_FFFEL, VsockEndpoint.VMADDR_FLAG_TO_HOST);
        assertEquals(16, endpoint.encode(AddressFamily.AF_VSOCK, sockaddr));
        var in = ByteBuffer.wrap(sockaddr).order(ByteOrder.nativeOrder());
        assertEquals(40, in.getShort());
        assertEquals(0, in.getShort());
        assertEquals(0xFFFF_FFFE, in.getInt());
        assertEquals(3, in.getInt());
        assertEquals(1, in.get());
        assertEquals(endpoint, Endpoint.decode(sockaddr, 16));
    }

    @Test
    void whatStoodInTheBufferBeforeDoesNotReachTheKernel() {
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        java.util.Arrays.fill(sockaddr, (byte) 0x5A);
        VsockEndpoint.any(1).encode(AddressFamily.AF_VSOCK, sockaddr);
        byte[] clean = new byte[Endpoint.MAX_SOCKADDR];
        VsockEndpoint.any(1).encode(AddressFamily.AF_VSOCK, clean);
        assertEquals(ByteBuffer.wrap(clean, 0, 16), ByteBuffer.wrap(sockaddr, 0, 16));
    }

    @Test
    void whatIsTooShortIsKeptAsBytes() {
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        VsockEndpoint.host(1).encode(AddressFamily.AF_VSOCK, sockaddr);
        assertInstanceOf(RawEndpoint.class, Endpoint.decode(sockaddr, 15));
    }

    @Test
    void itsNumbersAreUnsigned32Bits() {
        assertThrows(IllegalArgumentException.class, () -> VsockEndpoint.of(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> VsockEndpoint.of(0, -1));
        assertThrows(IllegalArgumentException.class, () -> VsockEndpoint.of(0, 1L << 32));
        assertThrows(IllegalArgumentException.class, () -> new VsockEndpoint(0, 0, 256));
        assertEquals("any:any", VsockEndpoint.any(VsockEndpoint.VMADDR_PORT_ANY).toString());
        assertEquals("1:4294967294", VsockEndpoint.local(0xFFFF_FFFEL).toString());
    }

    @Test
    void onlyAnyIsEveryAddress() {
        assertTrue(VsockEndpoint.any(1).isWildcard());
        assertFalse(VsockEndpoint.local(1).isWildcard());
    }
}
