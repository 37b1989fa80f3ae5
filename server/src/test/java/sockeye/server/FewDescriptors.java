// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.StreamSocket;
import sockeye.wire.EchoService;

import java.io.IOException;

/** A program that is started with few descriptors, and says what its server tells. */
final class FewDescriptors {
    private FewDescriptors() {}

    public static void main(String[] arguments) throws Exception {
        try {
            // Classes are loaded from files here, which takes descriptors: so before they are out.
            StreamSocket.connect(InetEndpoint.of("127.0.0.1", 1)).close();
        } catch (IOException refused) {
            say("ready");
        }
        var observer =
                new ServerObserver() {
                    @Override
                    public void troubled(Endpoint local, IOException cause) {
                        say("troubled: " + cause.getMessage());
                    }

                    @Override
                    public void recovered(Endpoint local, long turnedAway) {
                        say("recovered: " + turnedAway);
                    }
                };
        observer.recovered(Peers.tcp(), 0);
        observer.troubled(Peers.tcp(), new IOException("warm"));
        var server =
                Server.stream(
                        Peers.tcp(),
                        ServerSettings.DEFAULT.withObserver(observer),
                        StreamHandler.of(new EchoService()));
        try (var client = StreamSocket.connect(server.local())) {
            client.write("x");
            client.read(new byte[1]);
        }
        say("port " + ((InetEndpoint) server.local()).port());
        System.in.read();
        server.close();
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
