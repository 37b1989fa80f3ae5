// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.wire.ChargenService;
import sockeye.wire.DaytimeService;
import sockeye.wire.DiscardService;
import sockeye.wire.EchoService;
import sockeye.wire.MessageService;
import sockeye.wire.QotdService;
import sockeye.wire.StampFormat;
import sockeye.wire.StreamService;
import sockeye.wire.TimeService;
import sockeye.wire.TimestampService;
import sockeye.wire.TimestampService.Framing;
import sockeye.wire.WhoService;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;

/**
 * A service in both of its shapes.
 *
 * @param name what the command calls it
 * @param streams over streams
 * @param messages over datagrams and records
 * @param unit what it counts on a stream
 */
record Offer(String name, StreamService streams, MessageService messages, String unit) {
    /** What is served if nothing else is said. */
    static final String USUAL = "timestamp";

    /** All that can be served. */
    static final List<String> NAMES =
            List.of(USUAL, "echo", "discard", "chargen", "qotd", "daytime", "time", "who");

    /**
     * What the command line says about services.
     *
     * @param time how times are written
     * @param zone of which place; null for this machine's
     * @param framing what a message is on a stream
     * @param flushAfter how long a silence ends a message
     * @param maxMessage the longest message in bytes
     * @param quotes a file of quotes; null for our own
     * @param turn whose turn a quote is
     * @param chargenLimit after how many bytes generated characters end; 0 for never
     * @param chargenRate how many bytes of them a second; 0 for as many as the peer takes
     */
    record Settings(
            StampFormat time,
            @Nullable ZoneId zone,
            Framing framing,
            Duration flushAfter,
            int maxMessage,
            @Nullable String quotes,
            QotdService.Turn turn,
            int chargenLimit,
            int chargenRate) {
        /** What holds if nothing is said. */
        static final Settings USUAL =
                new Settings(
                        StampFormat.CTIME,
                        null,
                        Framing.AUTO,
                        Duration.ofMillis(50),
                        64 << 10,
                        null,
                        QotdService.Turn.DAILY,
                        0,
                        0);

        private ZoneId zoneInForce() {
            return zone == null ? ZoneId.systemDefault() : zone;
        }

        private TimestampService timestamp() {
            return TimestampService.in(zoneInForce())
                    .format(time)
                    .framing(framing)
                    .flushAfter(flushAfter)
                    .maxMessage(maxMessage);
        }

        private ChargenService chargen() {
            var service = new ChargenService();
            if (chargenLimit > 0) {
                service = service.limit(chargenLimit);
            }
            return chargenRate > 0 ? service.rate(chargenRate) : service;
        }

        private QotdService qotd() throws IOException {
            return (quotes == null ? QotdService.builtIn() : read(quotes))
                    .in(zoneInForce())
                    .turn(turn);
        }

        private static QotdService read(String file) throws IOException {
            try {
                return QotdService.parse(Files.readString(Path.of(file)));
            } catch (CharacterCodingException other) {
                throw new IllegalArgumentException(file + " is no text in UTF-8", other);
            } catch (IllegalArgumentException wrong) {
                throw new IllegalArgumentException(file + ": " + wrong.getMessage(), wrong);
            }
        }
    }

    /**
     * The service of this name, one of {@link #NAMES}.
     *
     * @throws IOException if a file that it needs cannot be read
     */
    static Offer of(String name, Settings settings) throws IOException {
        return switch (name) {
            case "timestamp" -> of(name, settings.timestamp(), "message");
            // They do not look for messages: the unit is what one read brought, or a byte.
            case "echo" -> of(name, new EchoService(), "piece");
            case "discard" -> of(name, new DiscardService(), "byte");
            case "chargen" -> of(name, settings.chargen(), "line");
            case "qotd" -> of(name, settings.qotd(), "quote");
            case "daytime" ->
                    of(
                            name,
                            DaytimeService.in(settings.zoneInForce()).format(settings.time),
                            "answer");
            case "time" -> of(name, new TimeService(), "answer");
            case "who" -> of(name, new WhoService(), "answer");
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static <S extends StreamService & MessageService> Offer of(
            String name, S service, String unit) {
        return new Offer(name, service, service, unit);
    }
}
