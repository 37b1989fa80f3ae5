// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** How the values of one option lie in memory, and what their unit and range are. Immutable. */
final class OptionCodec<T> {
    private final Class<T> type;

    /** The most bytes a value takes, in either direction. */
    private final int maxLength;

    private final String unit;
    private final String range;
    private final Encoder<T> encoder;
    private final Decoder<T> decoder;

    /**
     * What the kernel wants to find in the buffer of getsockopt(2), which is as long as this; null
     * for a buffer of zeros with the greatest length.
     */
    private final byte @Nullable [] question;

    /** For a structure with a pointer: what it points to. */
    private final @Nullable Encoder<T> pointee;

    /** Where in the structure the pointer is. */
    private final int pointerOffset;

    private OptionCodec(
            Class<T> type,
            int maxLength,
            String unit,
            String range,
            Encoder<T> encoder,
            Decoder<T> decoder,
            byte @Nullable [] question,
            @Nullable Encoder<T> pointee,
            int pointerOffset) {
        this.type = type;
        this.maxLength = maxLength;
        this.unit = unit;
        this.range = range;
        this.encoder = encoder;
        this.decoder = decoder;
        this.question = question;
        this.pointee = pointee;
        this.pointerOffset = pointerOffset;
    }

    /** Value to bytes; an IllegalArgumentException says what is wrong with the value. */
    @FunctionalInterface
    interface Encoder<T> {
        byte[] encode(T value);
    }

    /** Bytes to value; the length is the kernel's word, not yet compared with the array. */
    @FunctionalInterface
    interface Decoder<T> {
        T decode(byte[] bytes, int length);
    }

    private static final long UNSIGNED_INT = 0xffff_ffffL;

    static <T> OptionCodec<T> of(
            Class<T> type,
            int maxLength,
            String unit,
            String range,
            Encoder<T> encoder,
            Decoder<T> decoder) {
        return new OptionCodec<>(type, maxLength, unit, range, encoder, decoder, null, null, 0);
    }

    /**
     * A structure of fixed size. The reader may rely on {@code size} bytes: what an older kernel
     * did not give is zero.
     */
    static <T> OptionCodec<T> struct(
            Class<T> type,
            int size,
            String unit,
            BiConsumer<ByteBuffer, T> writer,
            Function<ByteBuffer, T> reader) {
        return of(
                type,
                size,
                unit,
                "",
                value -> {
                    byte[] encoded = new byte[size];
                    writer.accept(nativeOrder(encoded), value);
                    return encoded;
                },
                (bytes, length) -> reader.apply(padded(bytes, length, size)));
    }

    /** A structure that only the kernel writes, with room for what newer kernels append to it. */
    static <T> OptionCodec<T> report(
            Class<T> type, int known, int room, Function<ByteBuffer, T> reader) {
        return of(
                type,
                room,
                "",
                "",
                value -> {
                    throw new UnsupportedOperationException();
                },
                (bytes, length) -> reader.apply(padded(bytes, length, known)));
    }

    static OptionCodec<Boolean> flag() {
        return of(
                Boolean.class,
                Integer.BYTES,
                "",
                "",
                value -> ofInt(value ? 1 : 0),
                (bytes, length) -> toInt(bytes, length) != 0);
    }

    /** Any value of a C int. */
    static OptionCodec<Integer> integer(String unit) {
        return integer(unit, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    /** An act rather than a value: set with no value at all, a null pointer of length 0. */
    static OptionCodec<Boolean> noArgument() {
        return of(
                Boolean.class,
                0,
                "",
                "true",
                value -> {
                    if (!value) {
                        throw new IllegalArgumentException("it is done or not, but never undone");
                    }
                    return new byte[0];
                },
                (bytes, length) -> {
                    throw new UnsupportedOperationException();
                });
    }

    static OptionCodec<Integer> integer(String unit, int min, int max) {
        return of(
                Integer.class,
                Integer.BYTES,
                unit,
                range(Integer.MIN_VALUE, Integer.MAX_VALUE, min, max),
                value -> ofInt((int) inRange(value, min, max, unit)),
                (bytes, length) -> toInt(bytes, length));
    }

    /** A C unsigned int. */
    static OptionCodec<Long> unsignedInt(String unit) {
        return of(
                Long.class,
                Integer.BYTES,
                unit,
                "0 to 4294967295",
                value -> ofInt((int) inRange(value, 0, UNSIGNED_INT, unit)),
                (bytes, length) -> toInt(bytes, length) & UNSIGNED_INT);
    }

    /** 64 bits, the unsigned ones of the kernel in Java's long. */
    static OptionCodec<Long> longInteger(String unit, String range) {
        return struct(
                        Long.class,
                        Long.BYTES,
                        unit,
                        (out, value) -> out.putLong(value),
                        ByteBuffer::getLong)
                .withRange(range);
    }

    /** A time as an int of a unit, rounded up to it; C's int is signed only if min is negative. */
    static OptionCodec<Duration> duration(Unit unit, long min, long max) {
        return of(
                Duration.class,
                Integer.BYTES,
                unit.word,
                range(Long.MIN_VALUE, Long.MAX_VALUE, min, max),
                value -> ofInt((int) inRange(unit.roundUp(value), min, max, unit.word)),
                (bytes, length) -> {
                    int count = toInt(bytes, length);
                    return unit.duration(min < 0 ? count : count & UNSIGNED_INT);
                });
    }

    /** Bytes as they are. */
    static OptionCodec<byte[]> bytes(int maxLength) {
        return of(
                byte[].class,
                maxLength,
                "",
                "0 to " + maxLength + " bytes",
                value -> {
                    if (value.length > maxLength) {
                        throw new IllegalArgumentException(
                                "at most " + maxLength + " bytes, not " + value.length);
                    }
                    return value.clone();
                },
                (bytes, length) -> Arrays.copyOf(bytes, Math.min(length, bytes.length)));
    }

    /**
     * A name in a C string. Written without the closing zero, which the kernel does not ask for;
     * read up to the first zero.
     *
     * @param capacity the kernel's buffer, with the closing zero
     */
    static OptionCodec<String> string(int capacity) {
        return of(
                String.class,
                capacity,
                "",
                "at most " + (capacity - 1) + " bytes",
                value -> {
                    byte[] encoded = value.getBytes(UTF_8);
                    if (encoded.length >= capacity || value.indexOf('\0') >= 0) {
                        throw new IllegalArgumentException(
                                "a name of at most "
                                        + (capacity - 1)
                                        + " bytes without NUL, not '"
                                        + value
                                        + "'");
                    }
                    return encoded;
                },
                (bytes, length) -> {
                    int end = 0;
                    int limit = Math.min(length, bytes.length);
                    while (end < limit && bytes[end] != 0) {
                        end++;
                    }
                    return new String(bytes, 0, end, UTF_8);
                });
    }

    /** One of a few numbers: the values of an enum know theirs. */
    static <E extends Enum<E>> OptionCodec<E> oneOf(Class<E> type, Function<E, Integer> number) {
        return of(
                type,
                Integer.BYTES,
                "",
                words(type),
                value -> ofInt(number.apply(value)),
                (bytes, length) -> {
                    int answer = toInt(bytes, length);
                    for (E value : type.getEnumConstants()) {
                        if (number.apply(value) == answer) {
                            return value;
                        }
                    }
                    throw new IllegalArgumentException(
                            answer + " is none of " + words(type) + "; Option.rawInt can read it");
                });
    }

    private static String words(Class<? extends Enum<?>> type) {
        return String.join(", ", Arrays.stream(type.getEnumConstants()).map(Enum::name).toList());
    }

    OptionCodec<T> withRange(String words) {
        return new OptionCodec<>(
                type, maxLength, unit, words, encoder, decoder, question, pointee, pointerOffset);
    }

    OptionCodec<T> asking(byte[] bytes) {
        return new OptionCodec<>(
                type, maxLength, unit, range, encoder, decoder, bytes, pointee, pointerOffset);
    }

    OptionCodec<T> pointing(int offset, Encoder<T> target) {
        return new OptionCodec<>(
                type, maxLength, unit, range, encoder, decoder, question, target, offset);
    }

    Class<T> type() {
        return type;
    }

    int maxLength() {
        return maxLength;
    }

    String unit() {
        return unit;
    }

    String range() {
        return range;
    }

    byte[] encode(T value) {
        return encoder.encode(value);
    }

    T decode(byte[] bytes, int length) {
        return decoder.decode(bytes, length);
    }

    byte @Nullable [] pointee(T value) {
        return pointee == null ? null : pointee.encode(value);
    }

    int pointerOffset() {
        return pointerOffset;
    }

    byte[] readBuffer() {
        return question == null ? new byte[maxLength] : question.clone();
    }

    /** The units of time that options are counted in. */
    enum Unit {
        SECONDS("seconds", 1_000_000_000),
        MILLISECONDS("milliseconds", 1_000_000),
        MICROSECONDS("microseconds", 1_000),
        NANOSECONDS("nanoseconds", 1);

        final String word;
        private final long nanos;

        Unit(String word, long nanos) {
            this.word = word;
            this.nanos = nanos;
        }

        /**
         * The count, away from zero: a short time does not become none, nor a negative one legal.
         * Saturates.
         */
        long roundUp(Duration value) {
            long perSecond = 1_000_000_000 / nanos;
            try {
                long whole = Math.multiplyExact(value.getSeconds(), perSecond);
                long rest =
                        value.isNegative()
                                ? Math.floorDiv((long) value.getNano(), nanos)
                                : Math.ceilDiv((long) value.getNano(), nanos);
                return Math.addExact(whole, rest);
            } catch (ArithmeticException e) {
                return value.isNegative() ? Long.MIN_VALUE : Long.MAX_VALUE;
            }
        }

        Duration duration(long count) {
            long perSecond = 1_000_000_000 / nanos;
            return Duration.ofSeconds(
                    Math.floorDiv(count, perSecond), Math.floorMod(count, perSecond) * nanos);
        }
    }

    static ByteBuffer nativeOrder(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }

    /** The first {@code size} bytes of an answer, with zeros for what it lacks. */
    static ByteBuffer padded(byte[] bytes, int length, int size) {
        byte[] answer = Arrays.copyOf(bytes, Math.min(length, bytes.length));
        return nativeOrder(Arrays.copyOf(answer, size));
    }

    static byte[] ofInt(int value) {
        byte[] encoded = new byte[Integer.BYTES];
        nativeOrder(encoded).putInt(value);
        return encoded;
    }

    /** An int, or the single byte that some IP options answer. */
    static int toInt(byte[] bytes, int length) {
        int available = Math.min(length, bytes.length);
        if (available >= Integer.BYTES) {
            return nativeOrder(bytes).getInt();
        } else if (available >= 1) {
            return bytes[0] & 0xff;
        }
        throw new IllegalArgumentException("the kernel gave no value");
    }

    static long inRange(long value, long min, long max, String unit) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    "between "
                            + min
                            + " and "
                            + max
                            + (unit.isEmpty() ? "" : " " + unit)
                            + ", not "
                            + (value == Long.MAX_VALUE ? "more" : value));
        }
        return value;
    }

    private static String range(long least, long greatest, long min, long max) {
        return min == least && max == greatest ? "" : min + " to " + max;
    }
}
