// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.StreamSocket;
import sockeye.reactor.DriverKind;
import sockeye.reactor.HostObserver;
import sockeye.server.DatagramHandler;
import sockeye.server.MessageHandler;
import sockeye.server.Server;
import sockeye.server.ServerSettings;
import sockeye.server.StreamHandler;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** What serves: a virtual thread for each connection, or an event loop for all. */
interface Engine extends AutoCloseable {
    /**
     * What is served, and how.
     *
     * @param offer the service
     * @param with as threads have it, observer included
     * @param observer as the reactor has it
     */
    record Terms(Offer offer, ServerSettings with, HostObserver observer) {
        /** The same with other settings. */
        Terms with(ServerSettings with) {
            return new Terms(offer, with, observer);
        }
    }

    /** Serves a listener's streams. */
    Served streams(Listener<StreamSocket> listener, List<Wrapper.OnServer> layers, Terms terms)
            throws IOException;

    /** Serves a listener's connections of records. */
    Served records(Listener<MessageSocket> listener, Terms terms) throws IOException;

    /** Answers a socket's datagrams. */
    Served datagrams(MessageSocket socket, Terms terms) throws IOException;

    /** Whether it has answered since it was asked the last time; which asks it. */
    default boolean answers() {
        return true;
    }

    @Override
    default void close() throws IOException {}

    /** A virtual thread for each connection. */
    Engine THREADS =
            new Engine() {
                @Override
                public Served streams(
                        Listener<StreamSocket> listener, List<Wrapper.OnServer> layers, Terms terms)
                        throws IOException {
                    var handler = StreamHandler.of(terms.offer.streams());
                    return new Served.OnThreads(Server.stream(listener, terms.with, handler));
                }

                @Override
                public Served records(Listener<MessageSocket> listener, Terms terms)
                        throws IOException {
                    var handler = MessageHandler.of(terms.offer.messages());
                    return new Served.OnThreads(Server.seqpacket(listener, terms.with, handler));
                }

                @Override
                public Served datagrams(MessageSocket socket, Terms terms) throws IOException {
                    var handler = DatagramHandler.of(terms.offer.messages());
                    return new Served.OnThreads(Server.datagram(socket, terms.with, handler));
                }
            };

    /**
     * Which engine was asked for.
     *
     * @param reactor an event loop, not threads
     * @param driver by what it asks the kernel; null for what is best there
     */
    record Choice(boolean reactor, @Nullable DriverKind driver) {
        /** What the command line says. */
        static Choice of(ParseResult parsed) {
            boolean reactor = parsed.matchedOptionValue("--engine", false);
            DriverKind driver = parsed.matchedOptionValue("--driver", (DriverKind) null);
            if (driver != null && !reactor) {
                throw new IllegalArgumentException("--driver is for --engine reactor");
            }
            return new Choice(reactor, driver);
        }

        /**
         * Starts it.
         *
         * @param say is told what there is to know about it
         */
        Engine start(Consumer<String> say) throws IOException {
            return reactor ? ReactorEngine.start(driver, say) : THREADS;
        }
    }

    /** Adds the options. */
    static void addTo(CommandSpec spec) {
        add(
                spec,
                "--engine",
                "NAME",
                "What serves. threads (default): a virtual thread for each connection. reactor: one"
                        + " event loop for all.",
                Map.of("threads", false, "reactor", true));
        addDriverTo(spec);
    }

    /** Adds the option that says how a reactor asks the kernel. */
    static void addDriverTo(CommandSpec spec) {
        add(
                spec,
                "--driver",
                "NAME",
                "How the reactor asks the kernel: io_uring or epoll (default: io_uring where the"
                        + " kernel lets us have it).",
                Map.of("io_uring", DriverKind.IO_URING, "epoll", DriverKind.EPOLL));
    }

    private static <T> void add(
            CommandSpec spec,
            String name,
            String label,
            String description,
            Map<String, T> values) {
        ITypeConverter<T> converter =
                text -> {
                    T value = values.get(text.toLowerCase(Locale.ROOT));
                    if (value == null) {
                        throw new TypeConversionException(
                                "\"%s\" is none of %s"
                                        .formatted(
                                                text,
                                                String.join(
                                                        ", ",
                                                        List.copyOf(
                                                                new TreeMap<>(values).keySet()))));
                    }
                    return value;
                };
        spec.addOption(
                OptionSpec.builder(name)
                        .paramLabel(label)
                        .type(Object.class)
                        .converters(converter)
                        .description(description)
                        .build());
    }
}
