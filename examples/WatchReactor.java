// SPDX-License-Identifier: Apache-2.0
//
// One event loop for sockets and for all else that has a descriptor: who connects hears what
// happens in a directory (inotify), and SIGTERM (a pipe of signals) ends it in order.
//
//     ./sockeye run examples/WatchReactor.java DIRECTORY [PORT]
//
// test: WatchReactor $DIR 0 & -> serving on .*:(\d+)
// test: TimestampClient tcp:localhost:$1 < note -> /note, IN_CREATE

import module sockeye.reactor;

import module java.base;

final Set<Transport> listeners = new LinkedHashSet<>();

void main(String... args) throws Exception {
    var directory = Path.of(args[0]);
    int port = args.length > 1 ? Integer.parseInt(args[1]) : 7077;
    try (var reactor = Reactor.open();
            var files = FileWatch.open();
            var signals = ProcessSignals.takeStop()) {
        files.watch(directory, FileWatch.IN_CREATE | FileWatch.IN_DELETE);
        reactor.watch(files, events -> events.forEach(this::tell));
        reactor.watch(signals, signal -> reactor.stop(Duration.ofSeconds(5)));
        var listening = reactor.listen(InetEndpoint.any(port), () -> new Listening(directory));
        IO.println("serving on " + listening.local());
        reactor.run();
    }
}

void tell(FileEvent event) {
    listeners.forEach(each -> each.write(event + "\n"));
}

/** One who hears of files, and makes one by each name that he says. */
class Listening implements Protocol {
    final Path directory;
    final Protocol names = Lines.protocol(100, this::make);

    Listening(Path directory) {
        this.directory = directory;
    }

    @Override
    public void opened(Transport client) {
        listeners.add(client);
    }

    @Override
    public void received(Transport client, ByteBuffer bytes) throws Exception {
        names.received(client, bytes);
    }

    void make(String name, Transport client) throws IOException {
        Files.createFile(directory.resolve(Path.of(name).getFileName()));
    }

    @Override
    public void closed(Transport client, Throwable why) {
        listeners.remove(client);
    }
}
