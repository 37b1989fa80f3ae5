// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.Serial;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One record of the conversation between a process and its successor: {@code
 * docs/design/restart.md} tells which follow each other. A line {@code sockeye-handover VERB}, then
 * one for each field, {@code NAME=VALUE}; whoever does not know a field passes over it.
 *
 * @param verb what it says
 * @param fields what to that
 * @param descriptor what came, or goes, along
 */
record HandoverRecord(Verb verb, Map<String, String> fields, @Nullable HasDescriptor descriptor) {
    /** The one version of the conversation that there is. */
    static final int VERSION = 1;

    private static final String MAGIC = "sockeye-handover ";
    private static final int MOST_BYTES = 16 << 10;
    private static final int MOST_FIELDS = 32;

    /** What the two say, in the order in which they do. */
    enum Verb {
        /** The successor: let me have your sockets. {@code VERSIONS}, those that it speaks. */
        TAKE,
        /** No. {@code REASON}. */
        REFUSED,
        /** Yes: {@code VERSION}, {@code PID}; the records up to {@link #END} are what there is. */
        OFFER,
        /**
         * A socket: {@code NAME}; of one with a file {@code PATH}, {@code DEVICE}, {@code INODE}.
         */
        SOCKET,
        /** Any other descriptor: {@code NAME}. */
        STATE,
        /** That was all. */
        END,
        /** The successor: I serve. */
        READY,
        /** Then I do no more, but for what I have begun. The names of files are yours. */
        DRAINING,
        /** That came too late, or not as it should: I go on serving, so you must not. */
        ABANDONED,
        /** How the draining went: {@code TEXT}. */
        REPORT
    }

    /** What is no such record. */
    static final class Garbled extends IOException {
        @Serial private static final long serialVersionUID = 1;

        Garbled(String what) {
            super("hand-over: " + what);
        }
    }

    HandoverRecord {
        fields = Map.copyOf(fields);
    }

    static HandoverRecord of(Verb verb) {
        return new HandoverRecord(verb, Map.of(), null);
    }

    HandoverRecord with(String name, Object value) {
        var more = new LinkedHashMap<>(fields);
        more.put(name, value.toString());
        return new HandoverRecord(verb, more, descriptor);
    }

    HandoverRecord with(HasDescriptor carried) {
        return new HandoverRecord(verb, fields, carried);
    }

    /** A field's value, empty if it is not there. */
    String field(String name) {
        return fields.getOrDefault(name, "");
    }

    /** A field's number, −1 if it is none. */
    long number(String name) {
        try {
            return Long.parseLong(field(name));
        } catch (NumberFormatException none) {
            return -1;
        }
    }

    /** The bytes; what would break a line is written as {@code %0A} is in a text of an endpoint. */
    byte[] encode() {
        var text = new StringBuilder(MAGIC).append(verb).append('\n');
        fields.forEach((name, value) ->
                text.append(name)
                        .append('=')
                        .append(Percent.encode(value.getBytes(UTF_8)))
                        .append('\n'));
        return text.toString().getBytes(UTF_8);
    }

    static HandoverRecord decode(ByteBuffer bytes) throws Garbled {
        String text;
        try {
            text = UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException wrong) {
            throw new Garbled("no text");
        }
        List<String> lines = List.of(text.split("\n", -1));
        if (!lines.getFirst().startsWith(MAGIC) || !lines.getLast().isEmpty()) {
            throw new Garbled("no record of the protocol");
        }
        if (lines.size() > MOST_FIELDS + 2) {
            throw new Garbled(lines.size() - 2 + " fields");
        }
        var fields = new LinkedHashMap<String, String>();
        for (String line : lines.subList(1, lines.size() - 1)) {
            int equals = line.indexOf('=');
            if (equals < 1) {
                throw new Garbled("no field: " + Percent.quote(line));
            }
            fields.put(line.substring(0, equals), decoded(line.substring(equals + 1)));
        }
        return new HandoverRecord(verb(lines.getFirst().substring(MAGIC.length())), fields, null);
    }

    private static Verb verb(String text) throws Garbled {
        for (Verb each : Verb.values()) {
            if (each.name().equals(text)) {
                return each;
            }
        }
        throw new Garbled("no verb of version " + VERSION + ": " + Percent.quote(text));
    }

    private static String decoded(String value) throws Garbled {
        try {
            return new String(Percent.decode(value), UTF_8);
        } catch (IllegalArgumentException wrong) {
            throw new Garbled("no value: " + Percent.quote(value));
        }
    }

    // Over a connection.

    void send(MessageSocket to) throws IOException {
        List<Ancillary> beside =
                descriptor == null ? List.of() : List.of(Ancillary.Rights.of(descriptor));
        to.send(ByteBuffer.wrap(encode()), beside);
    }

    /** The next record, with at most one descriptor; null at the end. */
    static @Nullable HandoverRecord receive(MessageSocket from) throws IOException {
        Message message;
        try {
            message = receiveOnce(from);
        } catch (SocketFailure reset) {
            if (!reset.errno().equals(Errno.ECONNRESET)) {
                throw reset;
            }
            // The peer closed without having read all of ours: what it sent before is still there.
            message = receiveOnce(from);
        }
        if (message == null) {
            return null;
        }
        var came = new ArrayList<PassedDescriptor>();
        message.find(Ancillary.Rights.class).ifPresent(rights -> came.addAll(rights.descriptors()));
        boolean done = false;
        try {
            if (message.truncated() || came.size() > 1) {
                throw new Garbled("a record too long, or with too many descriptors");
            }
            HandoverRecord record = decode(message.payload());
            boolean carries = record.verb == Verb.SOCKET || record.verb == Verb.STATE;
            if (carries == came.isEmpty()) {
                throw new Garbled(record.verb + " with " + came.size() + " descriptors");
            }
            done = true;
            return came.isEmpty() ? record : record.with(came.getFirst());
        } finally {
            if (!done) {
                message.close();
            }
        }
    }

    private static @Nullable Message receiveOnce(MessageSocket from) throws IOException {
        return from.receive(ByteBuffer.allocate(MOST_BYTES), Ancillary.Rights.space(2));
    }
}
