// SPDX-License-Identifier: Apache-2.0
//
// A program of several services: each is started when the one before runs, and Ctrl-C or SIGTERM
// stops them in reverse, each with its share of the time. A second signal cuts off.
//
//     ./sockeye run examples/ServiceShop.java [PORT [SECONDS]]
//
// test: ServiceShop 0 & -> orders at .*:(\d+)
// test: TimestampClient tcp:localhost:$1 < tea -> ^ordered: tea
// test: ServiceShop 0 1 -> ^stopped: clock, net/orders, ledger, in order

import module sockeye.reactor;

import module java.base;

void main(String... args) throws Exception {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 7008;
    int seconds = args.length > 1 ? Integer.parseInt(args[1]) : Integer.MAX_VALUE;
    var orders =
            Service.streams(
                    "orders",
                    InetEndpoint.any(port),
                    Lines.to((line, client) -> client.write("ordered: " + line + "\n")));
    var shop =
            ServiceTree.of(
                    "shop",
                    Service.resource("ledger", () -> Files.newBufferedWriter(Path.of("/dev/null"))),
                    ServiceTree.of("net", orders));
    shop.add(
            Service.every(
                    "clock",
                    Duration.ofSeconds(1),
                    new Repeating.Task() {
                        private int left = seconds;

                        @Override
                        public void run(long periods) {
                            if (--left == 0) {
                                shop.stop(Duration.ofSeconds(5));
                            }
                        }
                    }));
    shop.observe(status -> {
        if (status.path().isEmpty() && status.isRunning()) {
            IO.println("orders at " + orders.local());
        }
    });
    var report = ServiceProgram.run(shop);
    var names = report.services().services().stream().map(ServiceReport::path).toList();
    IO.println("stopped: " + String.join(", ", names) + (report.isInOrder() ? ", in order" : ""));
}
