// SPDX-License-Identifier: Apache-2.0
//
// Tries every port of this host, each on a virtual thread of its own, at most 500 at a time, and
// gives each five seconds.
//
//     ./sockeye run examples/PortScan.java [FIRST LAST]
//
// test: TimestampServer 0 & -> serving on .*:(\d+)
// test: PortScan $1 $1 -> ^1 of 1 ports open: \[$1]

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    int first = args.length > 1 ? Integer.parseInt(args[0]) : 1;
    int last = args.length > 1 ? Integer.parseInt(args[1]) : 65_535;
    var open = new ConcurrentSkipListSet<Integer>();
    var few = new Semaphore(500);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int port = first; port <= last; port++) {
            few.acquire();
            int one = port;
            threads.submit(() -> {
                var soon = Deadline.after(Duration.ofSeconds(5));
                try (var socket = StreamSocket.connect(InetEndpoint.loopback(one), soon)) {
                    open.add(one);
                } finally {
                    few.release();
                }
                return null;
            });
        }
    }
    IO.println("%d of %d ports open: %s".formatted(open.size(), last - first + 1, open));
}
