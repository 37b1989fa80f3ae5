// SPDX-License-Identifier: Apache-2.0
//
// Tells the service manager that this program is ready, as sd_notify(3) does. NOTIFY_SOCKET is a
// path, or a name in the abstract namespace behind an @.
//
//     systemd-run --user --wait -p Type=notify ./sockeye run examples/Notify.java
//
// test: Notify -> ^no service manager is asking

import module sockeye;

import module java.base;

void main() throws Exception {
    var place = System.getenv("NOTIFY_SOCKET");
    if (place == null) {
        IO.println("no service manager is asking");
        return;
    }
    var manager =
            place.startsWith("@")
                    ? UnixEndpoint.ofAbstract(place.substring(1))
                    : UnixEndpoint.of(place);
    try (var socket = MessageSocket.connect(manager)) {
        socket.send("READY=1\nSTATUS=process %d serves\n".formatted(ProcessHandle.current().pid()));
    }
    IO.println("told " + place);
}
