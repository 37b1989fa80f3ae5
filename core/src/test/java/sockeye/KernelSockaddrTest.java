// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Our bytes go to bind(2), and what getsockname(2) writes comes back. Python makes the calls, with
 * the structures as we encoded them.
 */
@Tag("A2-01")
@Tag("A2-07")
class KernelSockaddrTest {
    private static final String BIND_AND_ASK =
            """
            import ctypes, os, socket, sys
            libc = ctypes.CDLL(None, use_errno=True)
            for line in sys.stdin:
                family, sockaddr = line.split()
                s = socket.socket(int(family), socket.SOCK_STREAM)
                given = bytes.fromhex(sockaddr)
                if libc.bind(s.fileno(), given, len(given)) < 0:
                    print('errno', ctypes.get_errno())
                    continue
                room = ctypes.create_string_buffer(128)
                length = ctypes.c_uint(128)
                assert libc.getsockname(s.fileno(), room, ctypes.byref(length)) == 0
                print(length.value, room.raw.hex())
                s.close()
            """;

    @TempDir Path directory;

    @Test
    void everyNameThatIsBoundToIsTheNameThatIsRead() throws Exception {
        String unique = Long.toHexString(System.nanoTime());
        String filling = directory + "/" + "f".repeat(108);
        List<Endpoint> names =
                List.of(
                        UnixEndpoint.of(directory.resolve("plain")),
                        UnixEndpoint.of(directory + "/é 🐟"),
                        UnixEndpoint.of(directory + "/@x"),
                        UnixEndpoint.of(filling.substring(0, 107)),
                        UnixEndpoint.of(filling.substring(0, 108)),
                        UnixEndpoint.ofAbstract("sockeye-" + unique),
                        UnixEndpoint.ofAbstract("sockeye-" + unique + "\0with\0nuls\0"),
                        UnixEndpoint.ofAbstract((unique + "-").repeat(20).substring(0, 107)));
        List<Endpoint> bound = bindAndAsk(AddressFamily.AF_UNIX, names);
        assertEquals(names, bound);
    }

    @Test
    void theKernelGivesANameToWhoBindsToNone() throws Exception {
        var bound = bindAndAsk(AddressFamily.AF_UNIX, List.of(UnixEndpoint.unnamed())).getFirst();
        assertTrue(bound.toString().matches("@[0-9a-f]{5}"), bound.toString());
    }

    @Test
    void internetEndpointsAreThoseOfTheKernel() throws Exception {
        assertEquals("0.0.0.0", address(AddressFamily.AF_INET, InetEndpoint.any(0)));
        assertEquals("127.0.0.1", address(AddressFamily.AF_INET, InetEndpoint.loopback(0)));
        assertEquals("127.0.0.1", address(2, InetEndpoint.of("::ffff:127.0.0.1", 0)));
    }

    @Test
    void anIpv6SocketTakesBothFamilies() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/net/if_inet6")), "a kernel without IPv6");
        assertEquals("::", address(AddressFamily.AF_INET6, InetEndpoint.any(0)));
        assertEquals("::1", address(AddressFamily.AF_INET6, InetEndpoint.of("::1", 0)));
        assertEquals("127.0.0.1", address(AddressFamily.AF_INET6, InetEndpoint.loopback(0)));
    }

    private static String address(int family, InetEndpoint endpoint) throws Exception {
        var bound = (InetEndpoint) bindAndAsk(family, List.of(endpoint)).getFirst();
        assertTrue(bound.port() > 0, "the kernel chose a port");
        return bound.address().toString();
    }

    private static List<Endpoint> bindAndAsk(int family, List<? extends Endpoint> endpoints)
            throws Exception {
        var lines = new ArrayList<String>();
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        for (Endpoint endpoint : endpoints) {
            int length = endpoint.encode(family, sockaddr);
            lines.add(family + " " + HexFormat.of().formatHex(sockaddr, 0, length));
        }
        var bound = new ArrayList<Endpoint>();
        for (String answer : Python.run(BIND_AND_ASK, lines)) {
            String[] parts = answer.split(" ");
            byte[] named = HexFormat.of().parseHex(parts[1]);
            bound.add(Endpoint.decode(named, Integer.parseInt(parts[0])));
        }
        return bound;
    }
}
