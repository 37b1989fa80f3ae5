// SPDX-License-Identifier: Apache-2.0
import module sockeye.server;

// A TCP service that sends each line back with the time in front.

void main() throws Exception {
    Server.stream(
                    InetEndpoint.any(21567),
                    client -> {
                        var lines = client.reader();
                        for (String line; (line = lines.readLine()) != null; )
                            client.write("[%s] %s%n".formatted(Instant.now(), line));
                    })
            .join();
}
