// SPDX-License-Identifier: Apache-2.0
import module sockeye;

// Says something to the system's log.

void main(String[] args) throws Exception {
    try (var log = MessageSocket.connect(UnixEndpoint.of("/dev/log"))) {
        log.send("<14>sockeye: " + String.join(" ", args));
    }
}
