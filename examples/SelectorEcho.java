// SPDX-License-Identifier: Apache-2.0
//
// One thread for everything: a listener, its connections, and a timer that counts them. Nothing
// here waits but select: what a client does not take is kept, and nothing more is read from it
// until it has.
//
//     ./sockeye run examples/SelectorEcho.java [PORT]
//
// test: SelectorEcho 0 & -> echo on port (\d+)
// test: TimestampClient tcp:localhost:$1 < hello -> ^hello

import static sockeye.Readiness.EPOLLIN;
import static sockeye.Readiness.EPOLLOUT;

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 7007;
    try (var selector = ReadinessSelector.<Handler>open();
            var listener = Listener.stream(InetEndpoint.any(port));
            var timer = TimerDescriptor.open()) {
        listener.socket().setBlocking(false);
        selector.register(listener, EPOLLIN, key -> accept(selector, listener));
        selector.register(
                timer,
                EPOLLIN,
                key -> {
                    timer.poll();
                    IO.println(selector.size() - 2 + " connections");
                });
        timer.every(Duration.ofSeconds(10));
        IO.println("echo on port " + ((InetEndpoint) listener.local()).port());
        while (true) {
            for (var key : selector.select()) {
                key.attachment().ready(key);
            }
        }
    }
}

interface Handler {
    void ready(ReadinessKey<Handler> key) throws IOException;
}

void accept(ReadinessSelector<Handler> selector, Listener<StreamSocket> listener) {
    try {
        var client = listener.accept().socket();
        selector.register(client, EPOLLIN, new Echo(client));
    } catch (IOException gone) {
        IO.println(gone.getMessage());
    }
}

record Echo(LinuxSocket client, byte[] bytes, AtomicInteger kept) implements Handler {
    Echo(LinuxSocket client) {
        this(client, new byte[4_096], new AtomicInteger());
    }

    @Override
    public void ready(ReadinessKey<Handler> key) throws IOException {
        try {
            int count = kept.get() > 0 ? kept.get() : client.recvNow(bytes, 0, bytes.length);
            if (count == 0) {
                client.close(); // which ends its registration as well
            } else if (count > 0) {
                int sent = Math.max(client.sendNow(bytes, 0, count), 0);
                System.arraycopy(bytes, sent, bytes, 0, count - sent);
                kept.set(count - sent);
                key.interest(sent < count ? EPOLLOUT : EPOLLIN);
            }
        } catch (IOException gone) {
            client.close();
        }
    }
}
