// SPDX-License-Identifier: Apache-2.0
//
// Tells what happens in a directory. With "demo" something does.
//
//     ./sockeye run examples/WatchFiles.java DIRECTORY [demo]
//
// test: WatchFiles $DIR demo -> IN_MOVED_TO, \d+

import static sockeye.FileWatch.IN_CLOSE_WRITE;
import static sockeye.FileWatch.IN_CREATE;
import static sockeye.FileWatch.IN_DELETE;
import static sockeye.FileWatch.IN_MOVED_FROM;
import static sockeye.FileWatch.IN_MOVED_TO;
import static sockeye.FileWatch.IN_ONLYDIR;

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    var directory = Path.of(args.length > 0 ? args[0] : ".");
    try (var watch = FileWatch.open()) {
        watch.watch(
                directory,
                IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR);
        if (args.length > 1) {
            var made = Files.writeString(directory.resolve("before"), "x");
            Files.move(made, directory.resolve("after"));
        }
        while (true) {
            for (var event : watch.await()) {
                IO.println(event.isOverflow() ? "too much to tell" : event);
            }
        }
    }
}
