// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What we tell a service manager, as one in Python understands it. */
@Tag("H4")
class ServiceManagerTest {
    private static final long SELF = ProcessHandle.current().pid();

    /** Prints each message with what came along; a barrier it closes, as the manager does. */
    private static final String MANAGER =
            """
            import array, os, socket, stat, struct, sys, time
            name = sys.argv[1]
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            s.bind('\\0' + name[1:] if name.startswith('@') else name)
            print('ready', flush=True)
            while True:
                data, control, flags, peer = s.recvmsg(8192, 4096)
                fds, pid = array.array('i'), 0
                for level, kind, value in control:
                    if kind == socket.SCM_RIGHTS: fds.frombytes(value)
                    if kind == socket.SCM_CREDENTIALS: pid = struct.unpack('3i', value)[0]
                said = []
                for line in data.decode().splitlines():
                    key, value = line.split('=', 1)
                    if key == 'MONOTONIC_USEC':
                        age = time.monotonic_ns() // 1000 - int(value)
                        value = 'now' if 0 <= age < 60_000_000 else value
                    if key == 'MAINPIDFDID':
                        value = str(int(value) == os.fstat(os.pidfd_open(pid)).st_ino)
                    said.append(key + '=' + value)
                for fd in fds:
                    if stat.S_ISSOCK(os.fstat(fd).st_mode):
                        said.append(str(socket.socket(fileno=os.dup(fd)).getsockname()))
                    else:
                        said.append('fifo' if stat.S_ISFIFO(os.fstat(fd).st_mode) else 'other')
                    os.close(fd)
                print(pid == int(sys.argv[2]), ' '.join(said), flush=True)
            """;

    @TempDir Path directory;

    private String place(String kind) {
        return kind.equals("path") ? directory.resolve("notify").toString() : "@notify-" + SELF;
    }

    private static PythonPeer manager(String place) throws IOException {
        PythonPeer python = PythonPeer.run(MANAGER, place, Long.toString(SELF));
        assertEquals("ready", python.readLine());
        return python;
    }

    @ParameterizedTest
    @ValueSource(strings = {"path", "abstract"})
    void everyStateIsToldAsTheManualSays(String kind) throws Exception {
        String place = place(kind);
        var us = ServiceManager.at(place);
        try (var python = manager(place)) {
            us.ready("serving “all”");
            assertEquals("True READY=1 STATUS=serving “all”", python.readLine());
            us.reloading();
            assertEquals("True RELOADING=1 MONOTONIC_USEC=now", python.readLine());
            us.ready();
            assertEquals("True READY=1", python.readLine());
            us.status("half = done");
            assertEquals("True STATUS=half = done", python.readLine());
            us.alive();
            assertEquals("True WATCHDOG=1", python.readLine());
            us.failed();
            assertEquals("True WATCHDOG=trigger", python.readLine());
            us.extendTimeout(Duration.ofSeconds(7));
            assertEquals("True EXTEND_TIMEOUT_USEC=7000000", python.readLine());
            us.stopping();
            assertEquals("True STOPPING=1", python.readLine());
            us.send(List.of("X_OURS=1", "ERRNO=2"));
            assertEquals("True X_OURS=1 ERRNO=2", python.readLine());
        }
    }

    @Test
    void aSuccessorIsNamedSoThatItCannotBeMistaken() throws Exception {
        String place = place("path");
        try (var python = manager(place);
                var self = ProcessDescriptor.of(SELF)) {
            ServiceManager.at(place).mainProcess(SELF);
            String identity = self.identity().isPresent() ? " MAINPIDFDID=True" : "";
            assertEquals("True MAINPID=" + SELF + identity, python.readLine());
        }
    }

    @Test
    void descriptorsAreStoredByNameAndRemovedAgain() throws Exception {
        String place = place("path");
        var us = ServiceManager.at(place);
        try (var python = manager(place);
                var listener = Listener.stream(InetEndpoint.loopback(0));
                var pipe = PipePair.open()) {
            us.store("web", listener, pipe.reader());
            int port = ((InetEndpoint) listener.local()).port();
            assertEquals(
                    "True FDSTORE=1 FDNAME=web ('127.0.0.1', " + port + ") fifo",
                    python.readLine());
            us.storeUnwatched("pipe", pipe.writer());
            assertEquals("True FDSTORE=1 FDNAME=pipe FDPOLL=0 fifo", python.readLine());
            us.remove("web");
            assertEquals("True FDSTOREREMOVE=1 FDNAME=web", python.readLine());
            assertThrows(IllegalArgumentException.class, () -> us.store("a:b", listener));
            assertThrows(IllegalArgumentException.class, () -> us.remove(""));
        }
    }

    @Test
    void aBarrierWaitsUntilAllBeforeItWasRead() throws Exception {
        String place = place("path");
        var us = ServiceManager.at(place);
        try (var silent = MessageSocket.bind(UnixEndpoint.of(place))) {
            us.ready();
            Deadline soon = Deadline.after(Duration.ofMillis(50));
            assertThrows(SocketTimeoutException.class, () -> us.barrier(soon));
            assertTrue(silent.isOpen());
        }
        try (var python = manager(place)) {
            us.status("before");
            us.barrier(Deadline.after(Duration.ofSeconds(30)));
            assertEquals("True STATUS=before", python.readLine());
            assertEquals("True BARRIER=1 fifo", python.readLine());
        }
    }

    @Test
    void aManagerThatDoesNotReadHoldsUpNobodyForLong() throws Exception {
        String place = place("path");
        var us = ServiceManager.at(place).withPatience(Duration.ofMillis(50));
        try (var deaf = MessageSocket.bind(UnixEndpoint.of(place))) {
            assertThrows(
                    SocketTimeoutException.class,
                    () -> {
                        for (int i = 0; i < 100_000; i++) {
                            us.alive();
                        }
                    });
            assertTrue(deaf.isOpen());
        }
        assertThrows(IOException.class, us::alive);
    }

    @ParameterizedTest
    @ValueSource(strings = {"vsock:1:", "vsock-stream:1:"})
    void aHostIsToldOverVsock(String scheme) throws Exception {
        Listener<StreamSocket> host;
        try {
            host = Listener.stream(VsockEndpoint.of(1, VsockEndpoint.VMADDR_PORT_ANY));
        } catch (IOException lacking) {
            System.err.println("*** skipped: no vsock here: " + lacking.getMessage());
            abort("no vsock");
            return;
        }
        try (host) {
            long port = ((VsockEndpoint) host.local()).port();
            var us = ServiceManager.at(scheme + port);
            if (!scheme.startsWith("vsock-stream")) {
                // A listener of streams is not what it looks for first.
                assertThrows(IOException.class, us::ready);
                return;
            }
            try {
                StreamSocket.connect(host.local()).close();
                host.accept().close();
            } catch (IOException noLoopback) {
                System.err.println("*** skipped: " + noLoopback.getMessage());
                abort("no loopback of vsock");
            }
            Thread telling = Thread.ofVirtual().start(() -> tell(us));
            try (StreamSocket guest = host.accept()) {
                var heard = ByteBuffer.allocate(100);
                while (guest.read(heard) >= 0) {}
                assertEquals("READY=1\n", StandardCharsets.UTF_8.decode(heard.flip()).toString());
            }
            telling.join();
        }
    }

    private static void tell(ServiceManager us) {
        try {
            us.ready();
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "run/notify",
                "tcp:1",
                "vsock:any:1",
                "vsock:1",
                "vsock:x:1",
                "vsock-raw:1:1"
            })
    void aPlaceOfAnotherFormIsRefused(String place) {
        assertThrows(IllegalArgumentException.class, () -> ServiceManager.at(place));
    }

    @Test
    void noAssignmentIsNone() {
        var us = ServiceManager.at("@nobody");
        for (String wrong : new String[] {"READY", "=1", "A=1\nB=2", "A=\0"}) {
            assertThrows(IllegalArgumentException.class, () -> us.send(List.of(wrong)));
        }
        assertThrows(IllegalArgumentException.class, () -> us.status("x".repeat(5_000)));
    }

    @Test
    void theWatchdogIsForOneProcess() {
        assertEquals(
                Optional.of(Duration.ofMillis(30)),
                ServiceManager.watchdog(Map.of("WATCHDOG_USEC", "30000")));
        assertEquals(
                Optional.of(Duration.ofMillis(30)),
                ServiceManager.watchdog(
                        Map.of("WATCHDOG_USEC", "30000", "WATCHDOG_PID", "" + SELF)));
        assertEquals(
                Optional.empty(),
                ServiceManager.watchdog(Map.of("WATCHDOG_USEC", "30000", "WATCHDOG_PID", "1")));
        for (String none : new String[] {"0", "-1", "x", "", "99999999999999999999"}) {
            assertFalse(ServiceManager.watchdog(Map.of("WATCHDOG_USEC", none)).isPresent(), none);
        }
    }
}
