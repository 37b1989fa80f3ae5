// SPDX-License-Identifier: Apache-2.0
//
// A service that reads its configuration again at SIGHUP, and ends well at SIGTERM or Ctrl-C: with
// what it has begun finished, its socket closed, and status 0. With "demo" it sends itself both.
//
//     ./sockeye run examples/GracefulReload.java [demo]
//
// test: GracefulReload demo -> ^greeting 2$
// test: GracefulReload demo -> ^ended well$

import static sockeye.ProcessSignal.SIGHUP;
import static sockeye.ProcessSignal.SIGINT;
import static sockeye.ProcessSignal.SIGTERM;

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    try (var signals = ProcessSignals.take(SIGHUP, SIGINT, SIGTERM);
            var socket = MessageSocket.bind(InetEndpoint.loopback(0))) {
        int greeting = 1;
        IO.println("greeting " + greeting + " at " + socket.local());
        if (args.length > 0) sendMyself(SIGHUP);
        while (signals.await() == SIGHUP) {
            IO.println("greeting " + ++greeting);
            if (args.length > 0) sendMyself(SIGTERM);
        }
    }
    IO.println("ended well");
}

void sendMyself(ProcessSignal signal) throws IOException {
    try (var self = ProcessDescriptor.of(ProcessHandle.current())) {
        self.signal(signal);
    }
}
