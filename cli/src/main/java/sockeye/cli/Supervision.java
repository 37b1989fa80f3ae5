// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.ServiceManager;
import sockeye.server.ServiceWatch;

import java.io.IOException;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * What the service manager hears, if there is one: {@code NOTIFY_SOCKET}. That it does not listen
 * is said once and harms nothing.
 */
final class Supervision implements AutoCloseable {
    private final @Nullable ServiceManager manager;
    private final Consumer<String> say;
    private @Nullable ServiceWatch watch;
    private boolean complained;

    private Supervision(@Nullable ServiceManager manager, Consumer<String> say) {
        this.manager = manager;
        this.say = say;
    }

    static Supervision begin(Consumer<String> say) {
        try {
            return new Supervision(ServiceManager.ofProcess().orElse(null), say);
        } catch (IllegalArgumentException strange) {
            say.accept("NOTIFY_SOCKET is not heeded: " + strange.getMessage());
            return new Supervision(null, say);
        }
    }

    private interface Telling {
        void tell(ServiceManager manager) throws IOException;
    }

    private void tell(Telling telling) {
        ServiceManager to = manager;
        if (to == null) {
            return;
        }
        try {
            telling.tell(to);
        } catch (IOException deaf) {
            if (!complained) {
                complained = true;
                say.accept("the service manager does not hear: " + deaf.getMessage());
            }
        }
    }

    /**
     * All servers serve.
     *
     * @param alive whether what runs them does, where the servers themselves cannot tell
     */
    void ready(Succession succession, Map<Served, String> servers, BooleanSupplier alive) {
        tell(to -> {
            if (ServiceManager.hasStore()) {
                succession.store(to, servers);
            }
            if (succession.predecessor().isPresent()) {
                to.mainProcess(ProcessHandle.current().pid());
            }
            to.ready(
                    "serving at "
                            + String.join(", ", servers.values().stream().distinct().toList()));
            watch = ServiceWatch.start(Served.onThreads(servers.keySet()), alive).orElse(null);
        });
    }

    /** A successor serves; it tells the manager itself who is the service now. */
    void handedOver() {
        endWatch();
    }

    /** The end has begun, with nobody to go on. */
    void stopping() {
        endWatch();
        tell(to -> to.stopping("finishing what is in flight"));
    }

    private void endWatch() {
        ServiceWatch ending = watch;
        watch = null;
        if (ending != null) {
            ending.close();
        }
    }

    @Override
    public void close() {
        endWatch();
    }
}
