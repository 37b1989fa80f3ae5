// SPDX-License-Identifier: Apache-2.0

import module sockeye.reactor;

import module java.base;

/**
 * Many idle connections on one reactor, the client ends in another process: what each costs in heap
 * and in native memory, and whether every one still answers.
 *
 * <pre>{@code lab/idle-connections [HERE] [IN-THE-LAB-KERNEL]}</pre>
 *
 * <p>Arguments: how many, the driver ({@code io_uring} or {@code epoll}), what serves ({@code
 * protocol} for four lines of our own, {@code host} for the echo service with all limits), and the
 * most bytes of heap for each (0: only print them).
 */
void main(String[] args) throws Exception {
    int count = args.length > 0 ? Integer.parseInt(args[0]) : 9_000;
    var driver = DriverKind.valueOf((args.length > 1 ? args[1] : "epoll").toUpperCase(Locale.ROOT));
    boolean host = args.length > 2 && args[2].equals("host");
    long most = args.length > 3 ? Long.parseLong(args[3]) : 0;
    new IdleConnections(count, driver, host).run(most);
    IO.println("ok");
    // What is still open goes with the process: no need to close each.
    System.exit(0);
}

private static final class IdleConnections {
    /** Opens as many as it is told, says so, and asks each when it is told to. */
    private static final String CLIENTS =
            """
            import resource, socket, sys
            name, count = sys.argv[1], int(sys.argv[2])
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            def opened():
                s = socket.socket(socket.AF_UNIX)
                s.connect('\\0' + name)
                return s
            def ask(some):
                for s in some: s.send(b'?')
                return sum(s.recv(2) == b'?' for s in some)
            warm = [opened() for i in range(200)]
            for i in range(50): ask(warm)
            for s in warm: s.close()
            print('warm', flush=True)
            sys.stdin.readline()
            all = [opened() for i in range(count)]
            print('open', flush=True)
            sys.stdin.readline()
            print(sum(ask(all[i:i + 500]) for i in range(0, count, 500)), flush=True)
            sys.stdin.readline()
            """;

    /** How many connections the clients open and close before. */
    private static final int WARMING = 200;

    private final int count;
    private final DriverKind driver;
    private final boolean host;
    private final AtomicInteger served = new AtomicInteger();

    IdleConnections(int count, DriverKind driver, boolean host) {
        this.count = count;
        this.driver = driver;
        this.host = host;
    }

    void run(long most) throws Exception {
        var name = "idle-" + ProcessHandle.current().pid();
        var reactor = Reactor.open(ReactorSettings.DEFAULT.withDriver(driver));
        listen(reactor, UnixEndpoint.ofAbstract(name));
        Thread.ofPlatform().daemon().name("reactor").start(() -> run(reactor));
        var clients =
                new ProcessBuilder("/usr/bin/python3", "-c", CLIENTS, name, "" + count)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (var said = clients.inputReader();
                var tell = clients.outputWriter()) {
            said(said, "warm");
            var before = Memory.now(clients.pid());
            long began = System.nanoTime();
            tell(tell);
            said(said, "open");
            while (served.get() < WARMING + count) {
                LockSupport.parkNanos(1_000_000); // to connect is not yet to be accepted
            }
            long opened = System.nanoTime();
            var open = Memory.now(clients.pid());
            IO.println(
                    "%s, %s: %,d connections opened in %.1f s"
                            .formatted(
                                    reactor.driver().kind(),
                                    host ? "host" : "protocol",
                                    count,
                                    (opened - began) / 1e9));
            print("idle", before, open);
            tell(tell);
            said(said, "" + count);
            IO.println("each answered, in %.1f s".formatted((System.nanoTime() - opened) / 1e9));
            print("idle again", before, Memory.now(clients.pid()));
            long heap = (open.heap - before.heap) / count;
            if (most > 0 && heap > most) {
                throw new AssertionError("more than " + most + " B of heap for each");
            }
        } finally {
            clients.destroyForcibly();
        }
    }

    private void listen(Reactor reactor, UnixEndpoint at) throws IOException {
        if (host) {
            var limits = AdmissionLimits.DEFAULT.withConnections(count + 1).withPerPeer(count + 1);
            ServiceHost.streams(
                    reactor,
                    Listener.stream(at),
                    new EchoService(),
                    HostSettings.DEFAULT.withAdmission(limits).withObserver(counting()));
        } else {
            reactor.listen(
                    at,
                    () -> {
                        served.incrementAndGet();
                        return (transport, bytes) -> transport.write(bytes);
                    });
        }
    }

    private HostObserver counting() {
        return new HostObserver() {
            @Override
            public void accepted(HostedConnection connection) {
                served.incrementAndGet();
            }
        };
    }

    private static void run(Reactor reactor) {
        try {
            reactor.run();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static void said(BufferedReader from, String wanted) throws IOException {
        var line = from.readLine();
        if (!wanted.equals(line)) {
            throw new AssertionError("the clients said " + line + ", not " + wanted);
        }
    }

    private static void tell(Writer to) throws IOException {
        to.write('\n');
        to.flush();
    }

    private void print(String when, Memory before, Memory now) {
        IO.println(
                "%s, bytes for each: heap %,d; resident beside the heap %,d; slab of the kernel %,d"
                        .formatted(
                                when,
                                (now.heap - before.heap) / count,
                                (now.beside - before.beside) / count,
                                (now.slab - before.slab) / count));
    }

    /**
     * What is in use.
     *
     * @param heap bytes of the heap that live
     * @param beside what is resident of this process and not of the heap's
     * @param slab of the kernel, for both ends of each connection
     */
    private record Memory(long heap, long beside, long slab) {
        static Memory now(long other) throws IOException {
            for (int i = 0; i < 3; i++) {
                System.gc();
            }
            var runtime = Runtime.getRuntime();
            // The heap is resident as a whole: it is touched at the start.
            long beside = field("/proc/self/status", "VmRSS:") - runtime.totalMemory();
            return new Memory(
                    runtime.totalMemory() - runtime.freeMemory(),
                    beside,
                    field("/proc/meminfo", "Slab:"));
        }

        private static long field(String file, String name) throws IOException {
            for (var line : Files.readAllLines(Path.of(file))) {
                if (line.startsWith(name)) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1_024;
                }
            }
            throw new IOException(file + " has no " + name);
        }
    }
}
