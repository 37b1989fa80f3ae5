// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.reactor.internal.Aftermath;

/** How a client service handles its connections. */
final class Kinds {
    static final ClientService.Kind<Transport> STREAM =
            new ClientService.Kind<>() {
                @Override
                public void close(Transport transport) {
                    transport.close();
                }

                @Override
                public void abort(Transport transport) {
                    transport.abort();
                }

                @Override
                public void whenOver(Transport transport, Aftermath told) {
                    Aftermath.of(transport, told);
                }
            };

    static final ClientService.Kind<MessageTransport> MESSAGES =
            new ClientService.Kind<>() {
                @Override
                public void close(MessageTransport transport) {
                    transport.close();
                }

                @Override
                public void abort(MessageTransport transport) {
                    transport.abort();
                }

                @Override
                public void whenOver(MessageTransport transport, Aftermath told) {
                    Aftermath.of(transport, told);
                }
            };

    private Kinds() {}
}
