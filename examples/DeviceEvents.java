// SPDX-License-Identifier: Apache-2.0
//
// Tells of devices that come, go and change, as `udevadm monitor --kernel --property` does. Plug
// something in, or as root: echo change > /sys/class/net/lo/uevent
//
//     ./sockeye run examples/DeviceEvents.java
//
// test: DeviceEvents -> ^listening

import module sockeye.netlink;

void main() throws Exception {
    try (var events = UeventSocket.open()) {
        IO.println("listening");
        while (true) {
            try {
                var event = events.receive();
                IO.println("%-8s %s".formatted(event.action(), event.devpath()));
                event.properties().forEach((name, value) -> IO.println("  " + name + "=" + value));
            } catch (NetlinkOverrunException lost) {
                IO.println("too many at once, some were lost");
            }
        }
    }
}
