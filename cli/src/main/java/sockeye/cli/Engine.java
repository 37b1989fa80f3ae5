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
    /** Serves a listener's streams. */
    Served streams(
            Listener<StreamSocket> listener,
            List<Wrapper.OnServer> layers,
            Offer offer,
            ServerSettings with)
            throws IOException;

    /** Serves a listener's connections of records. */
    Served records(Listener<MessageSocket> listener, Offer offer, ServerSettings with)
            throws IOException;

    /** Answers a socket's datagrams. */
    Served datagrams(MessageSocket socket, Offer offer, ServerSettings with) throws IOException;

    @Override
    default void close() throws IOException {}

    /** A virtual thread for each connection. */
    Engine THREADS =
            new Engine() {
                @Override
                public Served streams(
                        Listener<StreamSocket> listener,
                        List<Wrapper.OnServer> layers,
                        Offer offer,
                        ServerSettings with)
                        throws IOException {
                    var handler = StreamHandler.of(offer.streams());
                    return new Served.OnThreads(Server.stream(listener, with, handler));
                }

                @Override
                public Served records(
                        Listener<MessageSocket> listener, Offer offer, ServerSettings with)
                        throws IOException {
                    var handler = MessageHandler.of(offer.messages());
                    return new Served.OnThreads(Server.seqpacket(listener, with, handler));
                }

                @Override
                public Served datagrams(MessageSocket socket, Offer offer, ServerSettings with)
                        throws IOException {
                    var handler = DatagramHandler.of(offer.messages());
                    return new Served.OnThreads(Server.datagram(socket, with, handler));
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
         * Says what the engine cannot do.
         *
         * @throws IllegalArgumentException if it was asked for
         */
        void check(boolean handover, boolean log) {
            if (reactor && log) {
                throw new IllegalArgumentException(
                        "--access-log is for --engine threads: the reactor keeps none yet");
            }
            if (reactor && handover) {
                throw new IllegalArgumentException(
                        "--handover is for --engine threads: the reactor does not hand over yet");
            }
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
