// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;
import static sockeye.AddressFamily.AF_UNSPEC;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** Which resolver is asked, where it runs, and what becomes of those who wait for it. */
@Tag("A7-12")
class NameResolverTest {
    private static final List<InetEndpoint> ANSWER = List.of(InetEndpoint.loopback(80));
    private static final NameResolver NEVER_ASKED =
            (host, port, family, deadline) -> fail("asked for " + host);

    @AfterEach
    void theProcessHasTheSystemsResolverAgain() {
        NameResolver.useByDefault(NameResolver.system());
    }

    /** One that lets nobody go before it is told to, and cannot be interrupted. */
    private static final class Latched implements NameResolver {
        final CountDownLatch open = new CountDownLatch(1);
        final Semaphore entered = new Semaphore(0);
        final Semaphore left = new Semaphore(0);

        @Override
        public List<InetEndpoint> resolve(String host, int port, int family, Deadline deadline) {
            entered.release();
            boolean interrupted = false;
            while (true) {
                try {
                    open.await();
                    break;
                } catch (InterruptedException deaf) {
                    interrupted = true;
                }
            }
            left.release(interrupted ? 1 : 0);
            return ANSWER;
        }
    }

    private static List<InetEndpoint> ask(NameResolver resolver) throws IOException {
        return resolver.resolve("example.test", 80, AF_UNSPEC, Deadline.NONE);
    }

    private static <T> FutureTask<T> virtually(Callable<T> call) {
        var task = new FutureTask<T>(call);
        Thread.ofVirtual().start(task);
        return task;
    }

    @Test
    void moreThanMayWaitFailAtOnceWithEaiAgain() throws Exception {
        var latched = new Latched();
        var bounded = new ThreadedResolver(latched, 2, 1);
        var first = virtually(() -> ask(bounded));
        var second = virtually(() -> ask(bounded));
        latched.entered.acquire(2);
        var third = virtually(() -> ask(bounded));
        while (bounded.taken() < 3) {
            Thread.onSpinWait();
        }
        var over = assertThrows(ResolveFailure.class, () -> ask(bounded));
        assertEquals(EaiCode.EAI_AGAIN, over.code());
        assertTrue(over.isTemporary());
        assertEquals(
                "resolve example.test: EAI_AGAIN (-3) Temporary failure in name resolution: "
                        + "2 of 2 look-ups under way, 1 of 1 waiting",
                over.getMessage());
        latched.open.countDown();
        assertEquals(ANSWER, first.get());
        assertEquals(ANSWER, second.get());
        assertEquals(ANSWER, third.get());
        assertEquals(0, bounded.taken());
    }

    @Test
    void aPlaceIsFreeAsSoonAsTheAnswerIsThere() throws Exception {
        NameResolver one = new ThreadedResolver((host, port, family, deadline) -> ANSWER, 1, 0);
        for (int i = 0; i < 1_000; i++) {
            assertEquals(ANSWER, ask(one));
        }
    }

    @Test
    void whoIsLateGoesAndTheThreadStaysCounted() throws Exception {
        var latched = new Latched();
        var one = new ThreadedResolver(latched, 1, 0);
        SocketTimeoutException late;
        do {
            Deadline soon = Deadline.after(Duration.ofMillis(20));
            late =
                    assertThrows(
                            SocketTimeoutException.class,
                            () -> one.resolve("example.test", 80, AF_UNSPEC, soon));
            // On a busy machine it may not even have begun, and is forgotten.
            while (one.taken() > 0 && latched.entered.availablePermits() == 0) {
                Thread.onSpinWait();
            }
        } while (latched.entered.availablePermits() == 0);
        assertEquals("resolve example.test: timed out", late.getMessage());
        assertEquals(1, one.taken());
        assertThrows(ResolveFailure.class, () -> ask(one));
        latched.open.countDown();
        latched.left.acquire();
        while (one.taken() > 0) {
            Thread.onSpinWait();
        }
        assertEquals(ANSWER, ask(one));
    }

    @Test
    void whoIsInterruptedGoesAtOnceAndHisStatusStays() throws Exception {
        var latched = new Latched();
        var one = new ThreadedResolver(latched, 1, 0);
        var thread = new Thread[1];
        var status = new boolean[1];
        var asking =
                virtually(() -> {
                    thread[0] = Thread.currentThread();
                    try {
                        return ask(one);
                    } finally {
                        status[0] = Thread.currentThread().isInterrupted();
                    }
                });
        latched.entered.acquire();
        thread[0].interrupt();
        var failed = assertThrows(ExecutionException.class, asking::get);
        assertInstanceOf(SocketInterruptedException.class, failed.getCause());
        assertTrue(status[0]);
        assertEquals(1, one.taken());
        latched.open.countDown();
        latched.left.acquire();
    }

    @Test
    void aLookUpThatHadNotBegunIsForgotten() throws Exception {
        var latched = new Latched();
        var asked = new AtomicInteger();
        var one =
                new ThreadedResolver(
                        (host, port, family, deadline) -> {
                            asked.incrementAndGet();
                            return latched.resolve(host, port, family, deadline);
                        },
                        1,
                        1);
        var first = virtually(() -> ask(one));
        latched.entered.acquire();
        Deadline soon = Deadline.after(Duration.ofMillis(20));
        assertThrows(
                SocketTimeoutException.class,
                () -> one.resolve("example.test", 80, AF_UNSPEC, soon));
        assertEquals(1, one.taken());
        latched.open.countDown();
        assertEquals(ANSWER, first.get());
        assertEquals(1, asked.get());
    }

    @Test
    void aLookUpThatHeedsInterruptsEndsWithItsCaller() throws Exception {
        var entered = new CountDownLatch(1);
        var ended = new CountDownLatch(1);
        var one =
                new ThreadedResolver(
                        (host, port, family, deadline) -> {
                            entered.countDown();
                            try {
                                new CountDownLatch(1).await();
                            } catch (InterruptedException heeded) {
                                ended.countDown();
                            }
                            return ANSWER;
                        },
                        1,
                        0);
        var thread = new Thread[1];
        var asking =
                virtually(() -> {
                    thread[0] = Thread.currentThread();
                    return ask(one);
                });
        entered.await();
        thread[0].interrupt();
        ended.await();
        assertThrows(ExecutionException.class, asking::get);
    }

    @Test
    void whoIsLateAtTheOutsetAsksNobody() {
        var one = NEVER_ASKED.onThreads(1, 0);
        Deadline gone = Deadline.after(Duration.ZERO);
        assertThrows(
                SocketTimeoutException.class,
                () -> one.resolve("example.test", 80, AF_UNSPEC, gone));
        Thread.currentThread().interrupt();
        assertThrows(SocketInterruptedException.class, () -> ask(one));
        assertTrue(Thread.interrupted());
    }

    /** Each would take a carrier out of service if it were on one: read(2) of an empty pipe. */
    @Test
    void lookUpsThatBlockInNativeCodeHoldNoCarrier() throws Exception {
        int many = Runtime.getRuntime().availableProcessors() * 2;
        PassedDescriptor[] pipe = OpenDescriptors.pipe();
        var entered = new Semaphore(0);
        NameResolver native_ =
                ((NameResolver)
                                (host, port, family, deadline) -> {
                                    assertTrue(!Thread.currentThread().isVirtual());
                                    entered.release();
                                    try (Scratch scratch = Scratch.take()) {
                                        long room = scratch.address(Scratch.CONTROL);
                                        Kernel.real().read(pipe[0].fileno(), room, 1);
                                    }
                                    return ANSWER;
                                })
                        .onThreads(many, 0);
        List<FutureTask<List<InetEndpoint>>> asking = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            asking.add(virtually(() -> ask(native_)));
        }
        entered.acquire(many);
        // All are in the kernel, and a virtual thread still runs.
        assertEquals("ran", virtually(() -> "ran").get());
        pipe[1].close();
        for (var each : asking) {
            assertEquals(ANSWER, each.get());
        }
        pipe[0].close();
    }

    @Test
    void whatAResolverThrowsComesOutAsItIs() {
        var ours = new ResolveFailure("example.test", EaiCode.EAI_FAIL);
        var theirs = new UnknownHostException("no");
        var wrong = new IllegalStateException("broken");
        for (Exception each : List.of(ours, theirs, wrong)) {
            NameResolver failing =
                    (host, port, family, deadline) -> {
                        if (each instanceof IOException failure) {
                            throw failure;
                        }
                        throw (RuntimeException) each;
                    };
            assertSame(each, assertThrows(each.getClass(), () -> ask(failing.onThreads(1, 0))));
        }
    }

    @Test
    void theScopesResolverIsAskedBeforeTheProcesss() throws Exception {
        NameResolver none =
                (host, port, family, deadline) -> {
                    throw new ResolveFailure(host, EaiCode.EAI_NODATA);
                };
        assertSame(NameResolver.system(), NameResolver.current());
        assertSame(NameResolver.system(), NameResolver.useByDefault(none));
        assertSame(none, NameResolver.current());
        var spec = EndpointSpec.parse("tcp:sockeye.test:0");
        assertThrows(ResolveFailure.class, () -> Listener.stream(spec));
        NameResolver mine = (host, port, family, deadline) -> List.of(InetEndpoint.loopback(port));
        try (Listener<?> listener =
                        ScopedValue.where(NameResolver.SCOPED, mine)
                                .call(() -> Listener.stream(spec));
                var stream =
                        ScopedValue.where(NameResolver.SCOPED, mine)
                                .call(() ->
                                        StreamSocket.connect(
                                                spec.withTarget(
                                                        new EndpointTarget.Host(
                                                                "other.test", port(listener)))))) {
            assertEquals(listener.local(), stream.peer());
        }
    }

    private static int port(Listener<?> listener) throws IOException {
        return ((InetEndpoint) listener.local()).port();
    }

    @Test
    void anAddressAsTextIsNeverAskedAbout() throws Exception {
        NameResolver.useByDefault(NEVER_ASKED);
        try (var listener = Listener.stream(EndpointSpec.parse("tcp:127.0.0.1:0"))) {
            StreamSocket.connect(EndpointSpec.parse("tcp:127.0.0.1:" + port(listener))).close();
        }
        try (var listener = Listener.stream(EndpointSpec.parse("tcp:0"))) {
            assertTrue(port(listener) > 0);
        }
    }

    @Test
    void whatComesTwiceIsTriedOnce() throws Exception {
        NameResolver twice =
                (host, port, family, deadline) ->
                        List.of(InetEndpoint.loopback(port), InetEndpoint.loopback(port));
        assertEquals(
                ANSWER, twice.endpoints(EndpointSpec.parse("tcp:example.test:80"), Deadline.NONE));
    }

    @Test
    void aFamilyThatANameDoesNotHaveIsAFailure() {
        NameResolver ipv4 = (host, port, family, deadline) -> ANSWER;
        var failure =
                assertThrows(
                        ResolveFailure.class,
                        () ->
                                ipv4.endpoints(
                                        EndpointSpec.parse("tcp:example.test:80"),
                                        AF_INET6,
                                        Deadline.NONE));
        assertEquals(EaiCode.EAI_ADDRFAMILY, failure.code());
    }

    @Test
    void theSystemsAndTheJdksAgreeAboutLocalhost() throws Exception {
        List<InetEndpoint> theirs = new ArrayList<>();
        for (InetAddress address : InetAddress.getAllByName("localhost")) {
            theirs.add(InetEndpoint.of(IpAddress.of(address), 7));
        }
        assertEquals(theirs, NameResolver.jdk().resolve("localhost", 7, AF_UNSPEC, Deadline.NONE));
        assertTrue(
                NameResolver.system()
                        .resolve("localhost", 7, AF_INET, Deadline.NONE)
                        .contains(InetEndpoint.loopback(7)));
        assertThrows(
                ResolveFailure.class,
                () -> NameResolver.jdk().resolve("a..invalid", 7, AF_UNSPEC, Deadline.NONE));
    }

    @Test
    void aMemoryIsKeptForItsTimeAndNoLonger() throws Exception {
        var asked = new AtomicInteger();
        NameResolver counting =
                (host, port, family, deadline) -> {
                    if (host.equals("none.test")) {
                        asked.incrementAndGet();
                        throw new ResolveFailure(host, EaiCode.EAI_NONAME);
                    }
                    return List.of(InetEndpoint.loopback(asked.incrementAndGet()));
                };
        NameResolver long_ = counting.caching(Duration.ofHours(1), 2);
        assertEquals(ask(long_), ask(long_));
        assertEquals(ask(long_), long_.resolve("EXAMPLE.test", 80, AF_UNSPEC, Deadline.NONE));
        assertEquals(1, asked.get());
        // Other questions are other answers; the one unused for longest goes first.
        long_.resolve("example.test", 81, AF_UNSPEC, Deadline.NONE);
        ask(long_);
        long_.resolve("example.test", 80, AF_INET, Deadline.NONE);
        assertEquals(3, asked.get());
        ask(long_);
        assertEquals(3, asked.get());
        long_.resolve("example.test", 81, AF_UNSPEC, Deadline.NONE);
        assertEquals(4, asked.get());
        for (int i = 0; i < 2; i++) {
            assertThrows(
                    ResolveFailure.class,
                    () -> long_.resolve("none.test", 80, AF_UNSPEC, Deadline.NONE));
        }
        assertEquals(6, asked.get());
        NameResolver short_ = counting.caching(Duration.ofNanos(1), 2);
        ask(short_);
        ask(short_);
        assertEquals(8, asked.get());
        assertThrows(IllegalArgumentException.class, () -> counting.caching(Duration.ZERO, 1));
        assertThrows(IllegalArgumentException.class, () -> counting.caching(Duration.ofDays(1), 0));
    }

    @Test
    void manyVirtualThreadsLookUpAtOnce() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = new ArrayList<java.util.concurrent.Future<List<InetEndpoint>>>();
            for (int i = 0; i < 500; i++) {
                all.add(
                        threads.submit(() ->
                                NameResolver.system()
                                        .resolve("localhost", 1, AF_INET, Deadline.NONE)));
            }
            for (var each : all) {
                assertEquals(List.of(InetEndpoint.loopback(1)), each.get());
            }
        }
    }
}
