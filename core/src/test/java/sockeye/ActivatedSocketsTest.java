// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.internal.kernel.Kernel;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a process makes of descriptors that were passed to it, at numbers of the test's own. */
@Tag("H4")
class ActivatedSocketsTest {
    private static final int F_DUPFD = 0;
    private static final int HIGH = 700;
    private static final String SELF = Long.toString(ProcessHandle.current().pid());

    private final Kernel kernel = Kernel.current();
    private final List<Integer> placed = new ArrayList<>();

    /** Puts a duplicate, which children inherit, at the next high number. */
    private int place(HasDescriptor holder) throws IOException {
        try (HasDescriptor.Lease lease = holder.lease()) {
            int wanted = placed.isEmpty() ? HIGH : placed.getLast() + 1;
            int number = kernel.fcntl(lease.fileno(), F_DUPFD, wanted);
            assertEquals(wanted, placed.isEmpty() ? wanted : number);
            placed.add(number);
            return number;
        }
    }

    @AfterEach
    void closeWhatIsLeft() {
        placed.forEach(kernel::close);
    }

    private Map<String, String> environment(String... more) {
        var environment = new HashMap<String, String>();
        environment.put("LISTEN_PID", SELF);
        environment.put("LISTEN_FDS", Integer.toString(placed.size()));
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return environment;
    }

    private ActivatedSockets read(String... more) throws IOException {
        ActivatedSockets found = ActivatedSockets.read(environment(more), placed.getFirst());
        if (!found.isEmpty()) {
            placed.clear();
        }
        return found;
    }

    @Test
    void eachIsFoundByItsNameInItsRole() throws Exception {
        try (var tcp = Listener.stream(InetEndpoint.loopback(0));
                var udp = MessageSocket.bind(InetEndpoint.loopback(0));
                var records = Listener.seqpacket(UnixEndpoint.ofAbstract("activated-" + SELF));
                var pair = LinuxSocket.socketPair()) {
            place(tcp);
            place(udp);
            place(records);
            place(pair.left());
            place(tcp);
            try (var found = read("LISTEN_FDNAMES", "web:dns:rpc:connection:web")) {
                assertEquals(List.of("web", "dns", "rpc", "connection"), found.names());
                List<Role> web = found.takeRoles("web");
                assertEquals(2, web.size());
                for (Role each : web) {
                    var listener = assertInstanceOf(Listener.class, each);
                    assertEquals(tcp.local(), listener.local());
                    each.close();
                }
                Role dns = found.takeRoles("dns").getFirst();
                assertEquals(udp.local(), assertInstanceOf(MessageSocket.class, dns).local());
                dns.close();
                Role rpc = found.takeRoles("rpc").getFirst();
                assertEquals(
                        SocketType.SOCK_SEQPACKET,
                        assertInstanceOf(Listener.class, rpc).socket().type());
                rpc.close();
                Role connection = found.takeRoles("connection").getFirst();
                assertInstanceOf(StreamSocket.class, connection).close();
                assertTrue(found.isEmpty());
                assertEquals(List.of(), found.takeRoles("web"));
            }
        }
    }

    @Test
    void childrenDoNotInheritThem() throws Exception {
        try (var udp = MessageSocket.bind(InetEndpoint.loopback(0))) {
            place(udp);
            try (var found = read()) {
                ActivatedSockets.Passed only = found.left().getFirst();
                assertEquals(ActivatedSockets.UNKNOWN, only.name());
                assertEquals(false, only.descriptor().isInheritable());
            }
        }
    }

    @Test
    void whatIsForAnotherProcessIsLetBe() throws Exception {
        try (var udp = MessageSocket.bind(InetEndpoint.loopback(0))) {
            int number = place(udp);
            assertTrue(read("LISTEN_PID", "1").isEmpty());
            assertTrue(kernel.fcntl(number, 1, 0) == 0, "it was touched");
        }
    }

    @Test
    void theSameNumberIsNotTheSameProcess() throws Exception {
        try (var udp = MessageSocket.bind(InetEndpoint.loopback(0));
                var self = ProcessDescriptor.of(ProcessHandle.current().pid())) {
            place(udp);
            var identity = self.identity();
            if (identity.isPresent()) {
                assertTrue(read("LISTEN_PIDFDID", "" + (identity.getAsLong() + 1)).isEmpty());
                try (var found = read("LISTEN_PIDFDID", "" + identity.getAsLong())) {
                    assertEquals(1, found.left().size());
                }
            }
        }
    }

    @Test
    void aFifoIsNoSocketAndSaysSo() throws Exception {
        try (var pipe = PipePair.open()) {
            place(pipe.reader());
            try (var found = read("LISTEN_FDNAMES", "fifo")) {
                var refused = assertThrows(IOException.class, () -> found.takeRoles("fifo"));
                assertTrue(refused.getMessage().contains("ENOTSOCK"), refused.getMessage());
                assertTrue(refused.getMessage().contains("FIFO"), refused.getMessage());
                assertEquals(1, found.left().size());
                try (PassedDescriptor taken = found.take("fifo").getFirst()) {
                    assertEquals(DescriptorKind.PIPE, taken.kind());
                }
            }
        }
    }

    @Test
    void anEmptyNameIsAName() throws Exception {
        try (var udp = MessageSocket.bind(InetEndpoint.loopback(0))) {
            place(udp);
            place(udp);
            try (var found = read("LISTEN_FDNAMES", ":b")) {
                assertEquals(List.of("", "b"), found.names());
                assertNull(found.takeFirstSocket("c"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LISTEN_FDS=x", "LISTEN_FDS=-1", "LISTEN_FDS=2000000000", "LISTEN_FDS=99999999999",
                "LISTEN_PID=self", "LISTEN_PIDFDID=x", "LISTEN_FDNAMES=a:b", "LISTEN_FDS=2"
            })
    void whatContradictsItselfIsRefused(String variable) throws Exception {
        try (var udp = MessageSocket.bind(InetEndpoint.loopback(0))) {
            place(udp);
            int equals = variable.indexOf('=');
            assertThrows(
                    IOException.class,
                    () -> read(variable.substring(0, equals), variable.substring(equals + 1)));
        }
    }

    @Test
    void closeClosesWhatNobodyTook() throws Exception {
        try (var udp = MessageSocket.bind(InetEndpoint.loopback(0))) {
            int number = place(udp);
            read().close();
            assertEquals(-9, kernel.fcntl(number, 1, 0));
        }
    }

    @Test
    void aTextWithANameThatNobodyPassedSaysWhatThereIs() {
        var refused =
                assertThrows(
                        EndpointSyntaxException.class,
                        () -> Role.listen(EndpointSpec.parse("systemd:web")));
        assertTrue(refused.hint().contains("none of any name"), refused.hint());
    }
}
