// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import java.util.List;
import java.util.Objects;

/**
 * What of one's own a server does between its own steps: values that are put together, where
 * Python's {@code socketserver} has methods that are overridden. What concerns a single handler
 * stands {@linkplain StreamHandler#withFinish around it}.
 *
 * @param verifier decides about connections that have come through
 * @param actions are done from time to time
 */
public record ServerHooks(ConnectionVerifier verifier, List<ServiceAction> actions) {
    /** Nothing. */
    public static final ServerHooks NONE = new ServerHooks(ConnectionVerifier.EVERYBODY, List.of());

    public ServerHooks {
        Objects.requireNonNull(verifier);
        actions = List.copyOf(actions);
    }

    /** The same with another verifier. */
    public ServerHooks withVerifier(ConnectionVerifier verifier) {
        return new ServerHooks(verifier, actions);
    }

    /** The same with these actions, and no others. */
    public ServerHooks withActions(ServiceAction... actions) {
        return new ServerHooks(verifier, List.of(actions));
    }
}
