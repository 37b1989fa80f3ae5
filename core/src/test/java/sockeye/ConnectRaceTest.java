// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;
import static sockeye.SocketType.SOCK_STREAM;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.internal.wait.Clock;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;

/** Happy Eyeballs over real addresses: listeners that answer, refuse, and never answer. */
@Tag("A2-10")
class ConnectRaceTest {
    private static final ConnectSettings QUICK =
            ConnectSettings.DEFAULT.withAttemptDelay(HappyEyeballs.SHORTEST_DELAY);

    private final List<AutoCloseable> opened = new ArrayList<>();
    private int before;

    @BeforeEach
    void count() throws Exception {
        // What is made once is made before: the poller, for example.
        try (var listener = Listener.stream(InetEndpoint.loopback(0))) {
            StreamSocket.connect(listener.local()).close();
            LinuxSocket.Pair pair = LinuxSocket.socketPair();
            try (pair) {
                pair.left().readDeadline(Deadline.after(Duration.ofMillis(1)));
                assertThrows(SocketTimeoutException.class, () -> pair.left().recv(1));
            }
        }
        before = OpenDescriptors.count();
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
        assertEquals(before, OpenDescriptors.count());
    }

    private <C extends AutoCloseable> C open(C made) {
        opened.add(made);
        return made;
    }

    /** Where connecting takes for ever: the backlog is full. */
    private InetEndpoint silent(String address, int port) throws IOException {
        var listener =
                open(
                        Listener.stream(
                                InetEndpoint.of(address, port),
                                ListenSettings.DEFAULT.withBacklog(0)));
        for (int i = 0; i < 3; i++) {
            LinuxSocket client = open(LinuxSocket.socket(listener.local().family(), SOCK_STREAM));
            client.setBlocking(false);
            client.connectEx(listener.local());
        }
        return (InetEndpoint) listener.local();
    }

    /** Where connecting is refused: bound, and not listening. */
    private InetEndpoint deaf(String address) throws IOException {
        LinuxSocket bound = open(LinuxSocket.socket(AF_INET, SOCK_STREAM));
        bound.bind(InetEndpoint.of(address, 0));
        return (InetEndpoint) bound.getSockName();
    }

    private Listener<StreamSocket> listener(String address) throws IOException {
        return open(Listener.stream(InetEndpoint.of(address, 0)));
    }

    private static NameResolver gives(Endpoint... endpoints) {
        return (host, port, family, deadline) ->
                Stream.of(endpoints).map(InetEndpoint.class::cast).toList();
    }

    private static final EndpointSpec NAME = EndpointSpec.parse("tcp:race.test:1");

    private static StreamSocket connect(ConnectSettings how, Endpoint... endpoints)
            throws IOException {
        return StreamSocket.connect(NAME, how.withResolver(gives(endpoints)), Deadline.NONE);
    }

    @Test
    void anAddressThatNeverAnswersHoldsNobodyUp() throws Exception {
        InetEndpoint silent = silent("127.0.0.1", 0);
        Listener<StreamSocket> good = listener("127.0.0.2");
        try (var stream = connect(QUICK, silent, good.local());
                var accepted = good.accept()) {
            assertEquals(good.local(), stream.peer());
            stream.write("x");
            assertEquals(1, accepted.read(new byte[1]));
        }
    }

    @Test
    void withoutADelayOfOnesOwnItIsTheSame() throws Exception {
        InetEndpoint silent = silent("127.0.0.1", 0);
        Listener<StreamSocket> good = listener("127.0.0.2");
        try (var stream = connect(ConnectSettings.DEFAULT, silent, good.local())) {
            assertEquals(good.local(), stream.peer());
        }
    }

    @Test
    void theFirstThatAnswersIsKeptAndItsDeadlineIsGone() throws Exception {
        Listener<StreamSocket> first = listener("127.0.0.1");
        Listener<StreamSocket> second = listener("127.0.0.2");
        Deadline far = Deadline.after(Duration.ofMinutes(5));
        var how = ConnectSettings.DEFAULT.withResolver(gives(first.local(), second.local()));
        try (var stream = StreamSocket.connect(NAME, how, far, TcpOption.NO_DELAY.to(false))) {
            assertEquals(first.local(), stream.peer());
            assertEquals(false, stream.socket().getOption(TcpOption.NO_DELAY));
            assertEquals(Clock.NEVER, stream.socket().descriptor.output.deadline());
        }
    }

    @Test
    void whatRefusesIsPassedOverAtOnce() throws Exception {
        Listener<StreamSocket> good = listener("127.0.0.2");
        // The delay is longer than any test: only the refusal lets the next begin.
        var slow = ConnectSettings.DEFAULT.withAttemptDelay(Duration.ofDays(1));
        try (var stream = connect(slow, deaf("127.0.0.1"), good.local())) {
            assertEquals(good.local(), stream.peer());
        }
    }

    @Test
    void theFamiliesTakeTurns() throws Exception {
        assumeTrue(Listener.hasDualStack(), "no IPv6 here");
        Listener<StreamSocket> six = listener("::1");
        var slow = ConnectSettings.DEFAULT.withAttemptDelay(Duration.ofDays(1));
        // Were it for the order alone, the second of IPv4 would never end.
        try (var stream = connect(slow, deaf("127.0.0.1"), silent("127.0.0.2", 0), six.local())) {
            assertEquals(six.local(), stream.peer());
        }
        var four = listener("127.0.0.3");
        for (int family : List.of(AF_INET, AF_INET6)) {
            try (var stream = connect(slow.withFamily(family), six.local(), four.local())) {
                assertEquals(family, stream.peer().family());
            }
        }
        var text = EndpointSpec.parse("tcp:race.test:1?family=ipv4");
        var how = ConnectSettings.DEFAULT.withResolver(gives(six.local(), four.local()));
        try (var stream = StreamSocket.connect(text, how, Deadline.NONE)) {
            assertEquals(four.local(), stream.peer());
        }
        var from = EndpointSpec.parse("tcp:race.test:1?bind=127.0.0.9");
        try (var stream = StreamSocket.connect(from, how, Deadline.NONE)) {
            assertEquals(four.local(), stream.peer());
            assertEquals(IpAddress.parse("127.0.0.9"), ((InetEndpoint) stream.local()).address());
        }
    }

    @Test
    void oneAfterTheOtherKeepsTheResolversOrder() throws Exception {
        Listener<StreamSocket> good = listener("127.0.0.2");
        Listener<StreamSocket> later = listener("127.0.0.3");
        try (var stream =
                connect(
                        ConnectSettings.DEFAULT.sequential(),
                        deaf("127.0.0.1"),
                        good.local(),
                        later.local())) {
            assertEquals(good.local(), stream.peer());
        }
        // A share of the time each: the silent one does not use up all of it.
        var text = EndpointSpec.parse("tcp:race.test:1?sequential&timeout=5s");
        var how = ConnectSettings.DEFAULT.withResolver(gives(silent("127.0.0.1", 0), good.local()));
        try (var stream = StreamSocket.connect(text, how, Deadline.NONE)) {
            assertEquals(good.local(), stream.peer());
        }
    }

    @Test
    void ifAllFailOneExceptionHoldsThemAll() throws Exception {
        InetEndpoint one = deaf("127.0.0.1");
        InetEndpoint other = deaf("127.0.0.2");
        var failed = assertThrows(ConnectException.class, () -> connect(QUICK, one, other));
        ErrnoFailure whole = assertInstanceOf(ErrnoFailure.class, failed);
        assertEquals(Errno.ECONNREFUSED, whole.errno());
        assertTrue(failed.getMessage().startsWith("connect tcp:race.test:1 to "));
        List<Endpoint> tried = new ArrayList<>();
        for (Throwable each : failed.getSuppressed()) {
            tried.add(((ErrnoFailure) each).peer());
        }
        assertEquals(List.of(one, other), tried);
    }

    @Test
    void aSocketThatCannotBeMadeIsAFailureLikeOthers() throws Exception {
        Listener<StreamSocket> good = listener("127.0.0.1");
        // An address that is not ours to bind to; only the first attempt's port is taken.
        var text = EndpointSpec.parse("tcp:race.test:1?bind=192.0.2.77");
        var how = QUICK.withResolver(gives(good.local(), deaf("127.0.0.2")));
        var failed =
                assertThrows(
                        java.net.BindException.class,
                        () -> StreamSocket.connect(text, how, Deadline.NONE));
        assertEquals(2, failed.getSuppressed().length);
    }

    @Test
    void oneDeadlineIsForAllOfThem() throws Exception {
        InetEndpoint one = silent("127.0.0.1", 0);
        InetEndpoint other = silent("127.0.0.2", 0);
        Deadline soon = Deadline.after(Duration.ofMillis(100));
        var how = QUICK.withResolver(gives(one, other));
        var late =
                assertThrows(
                        SocketTimeoutException.class, () -> StreamSocket.connect(NAME, how, soon));
        assertTrue(soon.isPassed());
        assertEquals("connect tcp:race.test:1: timed out", late.getMessage());
        assertTrue(late.getSuppressed().length > 0);
    }

    @Test
    void cancellingEndsAllAttempts() throws Exception {
        InetEndpoint one = silent("127.0.0.1", 0);
        InetEndpoint other = silent("127.0.0.2", 0);
        var resolved = new CountDownLatch(1);
        NameResolver both =
                (host, port, family, deadline) -> {
                    resolved.countDown();
                    return List.of(one, other);
                };
        var status = new boolean[1];
        var task =
                new FutureTask<>(() -> {
                    try {
                        return StreamSocket.connect(NAME, QUICK.withResolver(both), Deadline.NONE);
                    } finally {
                        status[0] = Thread.currentThread().isInterrupted();
                    }
                });
        Thread connecting = Thread.ofVirtual().start(task);
        resolved.await();
        connecting.interrupt();
        var failed = assertThrows(ExecutionException.class, task::get);
        assertInstanceOf(SocketInterruptedException.class, failed.getCause());
        assertEquals("connect tcp:race.test:1: interrupted", failed.getCause().getMessage());
        assertTrue(status[0]);
    }

    @Test
    void aWrongSettingComesOutAsItIs() throws Exception {
        Listener<StreamSocket> good = listener("127.0.0.1");
        var how = QUICK.withResolver(gives(good.local(), deaf("127.0.0.2")));
        // An option of another family's socket is the program's mistake at every address.
        assertThrows(
                IOException.class,
                () -> StreamSocket.connect(NAME, how, Deadline.NONE, Ipv6Option.V6_ONLY.to(true)));
    }

    /** What routes say, in a namespace of its own. */
    @Test
    void routesThatLeadNowhereArePassedOver() throws Exception {
        try (NetworkNamespace lab = namespace()) {
            ip(lab, "link set lo up");
            ip(lab, "route add prohibit 198.51.100.1");
            ip(lab, "route add unreachable 198.51.100.2");
            ip(lab, "route add blackhole 198.51.100.3");
            ip(lab, "-6 route add unreachable 2001:db8::1");
            lab.call(() -> {
                try (Listener<StreamSocket> good = Listener.stream(InetEndpoint.loopback(0))) {
                    int port = ((InetEndpoint) good.local()).port();
                    InetEndpoint[] nowhere =
                            Stream.of(
                                            "2001:db8::1",
                                            "198.51.100.1",
                                            "198.51.100.2",
                                            "198.51.100.3",
                                            "203.0.113.1")
                                    .map(address -> InetEndpoint.of(address, port))
                                    .toArray(InetEndpoint[]::new);
                    List<InetEndpoint> all = new ArrayList<>(List.of(nowhere));
                    all.add((InetEndpoint) good.local());
                    var slow = ConnectSettings.DEFAULT.withAttemptDelay(Duration.ofDays(1));
                    try (var stream = connect(slow, all.toArray(InetEndpoint[]::new))) {
                        assertEquals(good.local(), stream.peer());
                    }
                    var failed = assertThrows(IOException.class, () -> connect(slow, nowhere));
                    List<Errno> errnos = new ArrayList<>();
                    for (Throwable each : failed.getSuppressed()) {
                        errnos.add(((ErrnoFailure) each).errno());
                    }
                    assertEquals(
                            List.of(
                                    Errno.EHOSTUNREACH,
                                    Errno.EACCES,
                                    Errno.EHOSTUNREACH,
                                    Errno.EINVAL,
                                    Errno.ENETUNREACH),
                            errnos);
                    assertTrue(!(failed instanceof NoRouteToHostException), "" + failed);
                }
                return null;
            });
        }
    }

    private static NetworkNamespace namespace() throws IOException {
        try {
            return NetworkNamespace.create();
        } catch (IOException refused) {
            assumeTrue(false, "no network namespace: " + refused.getMessage());
            throw refused;
        }
    }

    private static void ip(NetworkNamespace lab, String arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("nsenter", "--net=" + lab.path(), "ip"));
        command.addAll(List.of(arguments.split(" ")));
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertEquals(0, process.waitFor(), arguments);
    }
}
