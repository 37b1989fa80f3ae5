// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static sockeye.AddressFamily.AF_UNIX;
import static sockeye.SocketType.SOCK_STREAM;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.internal.kernel.Kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Whom the name of a socket admits, at every moment that another process can catch. */
@Tag("A6-03")
class UnixModesTest {
    private static final int NOBODY = 65_534;
    private static final String[] AS_NOBODY = {
        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"
    };

    /** Looks at a name as fast as it can, until its input ends or it has seen what it must not. */
    private static final String WATCHER =
            """
            import os, select, sys
            path, never = sys.argv[1], int(sys.argv[2], 8)
            seen = set()
            print('watching', flush=True)
            while not select.select([sys.stdin], [], [], 0)[0]:
                for _ in range(100):
                    try:
                        s = os.lstat(path)
                    except OSError:
                        continue
                    seen.add((s.st_mode & 0o777, s.st_uid, s.st_gid))
                if any(mode & never for mode, _, _ in seen):
                    break
            print(' '.join('%o:%d:%d' % one for one in seen))
            """;

    @TempDir Path directory;

    @BeforeEach
    void openTheDirectory() throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    private Path path(String kind) throws IOException {
        if (kind.equals("short")) {
            return directory.resolve("s");
        }
        Path deep = directory.resolve("d".repeat(100));
        return Files.createDirectories(deep).resolve("s");
    }

    private static int permissions(Path path) throws IOException {
        return (int) Files.getAttribute(path, "unix:mode") & 0777;
    }

    private static boolean isRoot() {
        return Kernel.current().getuid() == 0;
    }

    @Test
    void theWatcherCatchesAModeThatIsSetTooLate() throws Exception {
        Path path = path("short");
        try (var watcher = PythonPeer.run(WATCHER, path.toString(), "007")) {
            assertEquals("watching", watcher.readLine());
            boolean caught = false;
            while (!caught) {
                try (LinuxSocket late = LinuxSocket.socket(AF_UNIX, SOCK_STREAM)) {
                    late.bind(UnixEndpoint.of(path));
                    Files.setPosixFilePermissions(
                            path, PosixFilePermissions.fromString("rw-rw----"));
                    Files.delete(path);
                }
                caught = !watcher.isAlive();
            }
            assertTrue(watcher.output().contains("755:"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"short", "long"})
    void aModeHoldsFromTheFirstMoment(String kind) throws Exception {
        Path path = path(kind);
        var rules = ListenSettings.DEFAULT.withMode(0660);
        int caught = watch(path, "117", rules);
        assertTrue(caught > 0, "the watcher saw nothing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"short", "long"})
    void anOwnerHoldsFromTheFirstMoment(String kind) throws Exception {
        assumeTrue(isRoot(), "only root gives files away");
        Path path = path(kind);
        var rules = ListenSettings.DEFAULT.withMode(0660).withOwner(NOBODY).withGroup(NOBODY);
        int caught = watch(path, "117", rules);
        assertTrue(caught > 0, "the watcher saw nothing");
        try (var listener = Listener.stream(UnixEndpoint.of(path), rules)) {
            assertTrue(listener.isOpen());
            assertEquals(NOBODY, Files.getAttribute(path, "unix:uid"));
            assertEquals(NOBODY, Files.getAttribute(path, "unix:gid"));
            assertEquals(0660, permissions(path));
        }
    }

    /** Binds over and over while the watcher looks; returns how many states it saw. */
    private static int watch(Path path, String never, ListenSettings rules) throws Exception {
        int mode = rules.mode().getAsInt();
        try (var watcher = PythonPeer.run(WATCHER, path.toString(), never)) {
            assertEquals("watching", watcher.readLine());
            for (int round = 0; round < 500; round++) {
                try (var listener = Listener.stream(UnixEndpoint.of(path), rules)) {
                    assertEquals(mode, permissions(path), listener::toString);
                }
            }
            List<MatchResult> seen =
                    Pattern.compile("([0-7]+):(\\d+):(\\d+)")
                            .matcher(watcher.output())
                            .results()
                            .toList();
            for (MatchResult state : seen) {
                int permissions = Integer.parseInt(state.group(1), 8);
                assertEquals(0, permissions & ~mode, state.group());
                if (rules.owner().isPresent() && permissions != 0) {
                    assertEquals(rules.owner().getAsInt(), Integer.parseInt(state.group(2)));
                    assertEquals(rules.group().getAsInt(), Integer.parseInt(state.group(3)));
                }
            }
            return seen.size();
        }
    }

    @Test
    void withoutAModeItIsTheUmasks() throws Exception {
        Path path = path("short");
        Path plain = Files.createDirectory(directory.resolve("plain"));
        int usual = 0777 & permissions(plain);
        try (var listener = Listener.stream(UnixEndpoint.of(path))) {
            assertEquals(usual, permissions(path), listener::toString);
        }
        int group = (int) Files.getAttribute(plain, "unix:gid");
        var rules = ListenSettings.DEFAULT.withGroup(group);
        try (var listener = Listener.stream(UnixEndpoint.of(path), rules)) {
            assertEquals(usual, permissions(path), listener::toString);
        }
    }

    @Test
    void aModeMayBeWiderThanTheUmask() throws Exception {
        Path path = path("short");
        for (int mode : List.of(0777, 0666, 0600, 0)) {
            var rules = ListenSettings.DEFAULT.withMode(mode);
            try (var listener = Listener.stream(UnixEndpoint.of(path), rules)) {
                assertEquals(mode, permissions(path), listener::toString);
            }
            assertFalse(Files.exists(path));
        }
    }

    @Test
    void theModeIsSetFromASpec() throws Exception {
        Path path = path("short");
        var spec = EndpointSpec.parse("unix:" + path + "?mode=0620&group=root&unlink=no");
        assumeTrue(isRoot(), "only root has every group");
        Listener.stream(spec).close();
        assertEquals(0620, permissions(path));
        assertEquals(0, Files.getAttribute(path, "unix:gid"));
    }

    @Test
    void aLeftoverThatNobodyMayTouchIsReplacedByItsOwner() throws Exception {
        assumeTrue(isRoot(), "needs root to become another user");
        Path path = path("short");
        try (StarterProcess starter = StarterProcess.start(path, AS_NOBODY)) {
            try (LinuxSocket socket = LinuxSocket.socket(AF_UNIX, SOCK_STREAM)) {
                socket.bind(UnixEndpoint.of(path));
                Files.setAttribute(path, "unix:mode", 0);
                Files.setAttribute(path, "unix:uid", NOBODY);
                // It lives: it is left as it is.
                assertEquals("EADDRINUSE", starter.ask("listen"));
                assertEquals(0, permissions(path));
            }
            assertEquals("listening", starter.ask("listen"));
            assertEquals("closed", starter.ask("close"));
        }
        assertEquals(List.of(), List.of(directory.toFile().list()));
    }

    @Test
    void aStrangersLeftoverStays() throws Exception {
        assumeTrue(isRoot(), "needs root to become another user");
        Path path = path("short");
        try (LinuxSocket socket = LinuxSocket.socket(AF_UNIX, SOCK_STREAM)) {
            socket.bind(UnixEndpoint.of(path));
        }
        try (StarterProcess starter = StarterProcess.start(path, AS_NOBODY)) {
            assertEquals("EADDRINUSE", starter.ask("listen"));
        }
        assertEquals(List.of("s"), List.of(directory.toFile().list()));
    }

    @Test
    void nothingStaysOfAnOwnerThatCannotBe() throws Exception {
        assumeTrue(isRoot(), "needs root to become another user");
        Path path = path("short");
        try (StarterProcess starter = StarterProcess.start(path, AS_NOBODY)) {
            assertEquals("EPERM", starter.ask("listen group 0"));
            assertEquals(List.of(), List.of(directory.toFile().list()));
            assertEquals("listening", starter.ask("listen group " + NOBODY));
            assertEquals(0755, permissions(path));
        }
    }
}
