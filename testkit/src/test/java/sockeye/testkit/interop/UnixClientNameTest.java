// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.Deadline;
import sockeye.EndpointSpec;
import sockeye.EndpointSyntaxException;
import sockeye.LinuxSocket;
import sockeye.Role;
import sockeye.UnixEndpoint;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.TestFamily;

import java.io.IOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Clients with a name of their own, as a server in Python sees them. */
@ExtendWith(NoLeaks.class)
@Tag("D3-15")
@Timeout(60)
class UnixClientNameTest {
    private static final String SERVER =
            """
            server = socket(AF_UNIX, SOCK_STREAM if ARGUMENTS[0] == "unix" else SOCK_SEQPACKET)
            server.bind(ARGUMENTS[1])
            server.listen()
            say("ready")
            while True:
                client, name = server.accept()
                say(name, client.getpeername())
                while client.recv(100): pass
            """;

    @TempDir private Path directory;

    private Path file(String name) {
        return directory.resolve(name);
    }

    private static boolean exists(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    private Peer serve(String scheme) throws IOException {
        return Peer.python(SERVER, scheme, file("server").toString()).says("ready");
    }

    private Role connect(String scheme, String options) throws IOException {
        return Role.connect(
                EndpointSpec.parse(scheme + ":" + file("server") + "?" + options), Deadline.NONE);
    }

    private static UnixEndpoint local(Role role) throws IOException {
        return (UnixEndpoint) role.socket().getSockName();
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix", "unix-seqpacket"})
    void theServerSeesThePathThatAClientConnectsFrom(String scheme) throws Exception {
        Path mine = file("client");
        try (var server = serve(scheme)) {
            try (var client = connect(scheme, "bind=" + mine)) {
                server.says(mine + " " + mine);
                assertTrue(exists(mine));
                assertEquals(UnixEndpoint.of(mine), local(client));
            }
            assertFalse(exists(mine));
            // And again, for nothing was left behind.
            connect(scheme, "bind=" + mine).close();
            server.says(mine + " " + mine);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix", "unix-seqpacket"})
    void theServerSeesAnAbstractName(String scheme) throws Exception {
        String mine = TestFamily.freshName();
        String seen = "b'\\x00" + mine + "'";
        try (var server = serve(scheme);
                var client = connect(scheme, "bind=@" + mine)) {
            server.says(seen + " " + seen);
            assertEquals(UnixEndpoint.ofAbstract(mine), local(client));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix", "unix-seqpacket", "unix-dgram"})
    void itsFileIsMadeByTheRulesOfListenersFiles(String scheme) throws Exception {
        Path mine = file("client");
        try (var server = Role.listen(EndpointSpec.parse(scheme + ":" + file("server")))) {
            try (var client = connect(scheme, "bind=" + mine + "&mode=0640")) {
                assertEquals(UnixEndpoint.of(file("server")), client.socket().getPeerName());
                assertEquals(
                        PosixFilePermissions.fromString("rw-r-----"),
                        Files.getPosixFilePermissions(mine));
            }
            assertFalse(exists(mine));
            connect(scheme, "bind=" + mine + "&unlink=no").close();
            assertTrue(exists(mine));
            assertThrows(
                    BindException.class, () -> connect(scheme, "bind=" + mine + "&replace=no"));
            assertTrue(server.socket().isOpen());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix", "unix-seqpacket", "unix-dgram"})
    void aLeftoverIsReplacedAndALivingNameIsNot(String scheme) throws Exception {
        Path mine = file("client");
        int type = EndpointSpec.parse(scheme + ":x").scheme().type();
        try (var server = Role.listen(EndpointSpec.parse(scheme + ":" + file("server")))) {
            try (LinuxSocket killed = LinuxSocket.socket(UnixEndpoint.of(mine).family(), type)) {
                killed.bind(UnixEndpoint.of(mine));
                assertThrows(BindException.class, () -> connect(scheme, "bind=" + mine));
            }
            assertTrue(exists(mine));
            try (var client = connect(scheme, "bind=" + mine)) {
                Object made = Files.getAttribute(mine, "unix:ino");
                assertThrows(BindException.class, () -> connect(scheme, "bind=" + mine));
                assertEquals(made, Files.getAttribute(mine, "unix:ino"));
                assertEquals(UnixEndpoint.of(mine), local(client));
            }
            assertFalse(exists(mine));
            assertTrue(server.socket().isOpen());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix", "unix-seqpacket", "unix-dgram"})
    void whoCannotConnectLeavesNoFile(String scheme) throws Exception {
        assertThrows(IOException.class, () -> connect(scheme, "bind=" + file("client")));
        assertFalse(exists(file("client")));
        assertFalse(exists(file("client.bindlock")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix", "unix-seqpacket", "unix-dgram"})
    void whatTheServerWouldSeeOtherwiseIsRefused(String scheme) {
        String tooLong = "/tmp/" + "x".repeat(104);
        assertThrows(EndpointSyntaxException.class, () -> connect(scheme, "bind=" + tooLong));
        assertThrows(EndpointSyntaxException.class, () -> connect(scheme, "bind=@x&mode=0600"));
        assertThrows(EndpointSyntaxException.class, () -> connect(scheme, "mode=0600"));
    }
}
