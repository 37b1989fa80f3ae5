// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static sockeye.SocketType.SOCK_STREAM;

import org.jspecify.annotations.Nullable;

import sockeye.ByteStream;
import sockeye.Deadline;
import sockeye.EndpointOptions;
import sockeye.EndpointSpec;
import sockeye.reactor.Layer;
import sockeye.server.StreamLayer;
import sockeye.wire.ProxyTrust;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;

/** What can stand in front of a scheme, {@code tls+tcp:…}, and what it does on either side. */
enum Wrapper {
    /** The PROXY protocol. */
    PROXY {
        @Override
        OnServer onServer(EndpointSpec spec, EndpointOptions options) {
            return ProxyOptions.onServer(options);
        }

        @Override
        Around around(EndpointSpec spec, EndpointOptions options) {
            return ProxyOptions.around(spec, options);
        }
    },
    /** TLS. */
    TLS {
        @Override
        OnServer onServer(EndpointSpec spec, EndpointOptions options) {
            Reloading layer = TlsOptions.layer(options);
            return new OnServer(layer, layer.onReactor(), null);
        }

        @Override
        Around around(EndpointSpec spec, EndpointOptions options) {
            return TlsOptions.around(spec, options);
        }
    };

    private static final List<String> KNOWN =
            Arrays.stream(values()).map(each -> each.name().toLowerCase(Locale.ROOT)).toList();

    /**
     * A layer of a server.
     *
     * @param onThreads as the server has it
     * @param onReactor as the reactor has it
     * @param proxies whose word is taken for who the client is; null for nobody's
     */
    record OnServer(StreamLayer onThreads, Layer onReactor, @Nullable ProxyTrust proxies) {}

    /** What a client puts around a stream that is connected. */
    @FunctionalInterface
    interface Around {
        /** Makes a stream of a stream, by a deadline; who called this closes the one below. */
        ByteStream put(ByteStream below, Deadline deadline) throws IOException;
    }

    /**
     * Takes this wrapper's options as a server's.
     *
     * @throws sockeye.EndpointSyntaxException if one cannot be used
     */
    abstract OnServer onServer(EndpointSpec spec, EndpointOptions options);

    /**
     * Takes this wrapper's options as a client's.
     *
     * @throws sockeye.EndpointSyntaxException if one cannot be used
     */
    abstract Around around(EndpointSpec spec, EndpointOptions options);

    /** The layers that a spec asks of a server, the one next to the socket first. */
    static List<OnServer> layers(EndpointSpec spec, EndpointOptions options) {
        var layers = new ArrayList<OnServer>();
        for (Wrapper each : of(spec)) {
            layers.add(each.onServer(spec, options));
        }
        return layers;
    }

    /** What a spec asks a client to put around its socket, in order. */
    static List<Around> allAround(EndpointSpec spec, EndpointOptions options) {
        var all = new ArrayList<Around>();
        for (Wrapper each : of(spec)) {
            all.add(each.around(spec, options));
        }
        return all;
    }

    /**
     * The wrappers of a spec as they are written: what comes first on the connection stands first.
     */
    private static List<Wrapper> of(EndpointSpec spec) {
        spec.requireWrappersAmong(KNOWN);
        var seen = new HashSet<String>();
        for (String name : spec.wrappers()) {
            if (!seen.add(name)) {
                throw new IllegalArgumentException("the wrapper " + name + " twice: " + spec);
            }
        }
        if (!seen.isEmpty() && spec.scheme().type() != SOCK_STREAM) {
            spec.requireWrappersAmong(List.of()); // which only streams have
        }
        return spec.wrappers().stream()
                .map(name -> valueOf(name.toUpperCase(Locale.ROOT)))
                .toList();
    }
}
