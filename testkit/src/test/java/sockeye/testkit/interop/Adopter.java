// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.Role;
import sockeye.StreamSocket;

import java.nio.ByteBuffer;

/** Finds out what the descriptors are that it has inherited, and answers on each. */
final class Adopter {
    private Adopter() {}

    public static void main(String... numbers) throws Exception {
        for (String number : numbers) {
            try (Role role = Role.adopt(Integer.parseInt(number))) {
                switch (role) {
                    case StreamSocket stream ->
                            stream.write("stream " + stream.reader().readLine() + "\n");
                    case MessageSocket messages -> {
                        var asked = messages.receive(ByteBuffer.allocate(100));
                        ByteBuffer answer = asked.payload().duplicate();
                        if (asked.peer() == null || messages.peer() != null) {
                            messages.send(answer);
                        } else {
                            messages.sendTo(answer, asked.peer());
                        }
                    }
                    case Listener<?> listener -> {
                        switch (listener.accept()) {
                            case StreamSocket client -> {
                                try (client) {
                                    client.write("accepted\n");
                                }
                            }
                            case MessageSocket client -> {
                                try (client) {
                                    client.send("accepted");
                                }
                            }
                            case Listener<?> never -> throw new AssertionError("accepted " + never);
                        }
                    }
                }
            }
        }
    }
}
