// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Something happened to a device.
 *
 * @param action what, {@code "add"}; {@link #kind} is the same as an enum
 * @param devpath the device's directory below {@code /sys}, {@code "/devices/virtual/net/lo"}
 * @param source who tells of it
 * @param properties all that is told, by name and in the kernel's order, {@code ACTION} and {@code
 *     DEVPATH} included
 */
public record Uevent(String action, String devpath, Source source, Map<String, String> properties) {
    /**
     * The most bytes of an event: the kernel's own are below 2,048 and a name, udev's below this.
     */
    static final int MOST_BYTES = 64 << 10;

    private static final int MOST_PROPERTIES = 1_024;

    /** How udev's messages begin; then follow a mark in network order and a header. */
    private static final byte[] LIBUDEV = "libudev\0".getBytes(StandardCharsets.US_ASCII);

    private static final int UDEV_MAGIC = 0xFEED_CAFE;
    private static final int UDEV_HEADER = 40;
    private static final int UDEV_PROPERTIES_OFFSET = 16;
    private static final int UDEV_PROPERTIES_LENGTH = 20;

    /** Who tells of an event. */
    public enum Source {
        /** The kernel, when it happens. */
        KERNEL,
        /** udev, when it has done with the device what its rules say, with more properties. */
        UDEV
    }

    /** What happened. */
    public enum Kind {
        /** A device is there. */
        ADD,
        /** It is gone. */
        REMOVE,
        /** Something about it has changed. */
        CHANGE,
        /** It has another name or place. */
        MOVE,
        /** It can be used again. */
        ONLINE,
        /** It cannot be used for now. */
        OFFLINE,
        /** A driver serves it. */
        BIND,
        /** No driver serves it any more. */
        UNBIND,
        /** Another, see {@link Uevent#action}. */
        OTHER
    }

    /** Keeps the properties as they are, and in order. */
    public Uevent {
        properties = Collections.unmodifiableMap(new LinkedHashMap<>(properties));
    }

    /** What happened. */
    public Kind kind() {
        return switch (action) {
            case "add" -> Kind.ADD;
            case "remove" -> Kind.REMOVE;
            case "change" -> Kind.CHANGE;
            case "move" -> Kind.MOVE;
            case "online" -> Kind.ONLINE;
            case "offline" -> Kind.OFFLINE;
            case "bind" -> Kind.BIND;
            case "unbind" -> Kind.UNBIND;
            default -> Kind.OTHER;
        };
    }

    /** The part of the kernel that the device belongs to, {@code "net"}; null if it is not told. */
    public @Nullable String subsystem() {
        return properties.get("SUBSYSTEM");
    }

    /**
     * The number of the event, unsigned 64 bits: each event of a boot has the next, over all
     * namespaces, so that a gap is not a loss in a namespace.
     */
    public OptionalLong sequence() {
        try {
            return OptionalLong.of(Long.parseUnsignedLong(properties.getOrDefault("SEQNUM", "")));
        } catch (NumberFormatException none) {
            return OptionalLong.empty();
        }
    }

    /**
     * Decodes a datagram of either source.
     *
     * @param bytes the datagram from index 0
     * @param length how many of them
     * @throws NetlinkDecodeException if they are no event
     */
    static Uevent decode(byte[] bytes, int length) throws NetlinkDecodeException {
        return startsWith(bytes, length, LIBUDEV)
                ? decodeUdev(bytes, length)
                : decodeKernel(bytes, length);
    }

    private static boolean startsWith(byte[] bytes, int length, byte[] start) {
        if (length < start.length) {
            return false;
        }
        for (int i = 0; i < start.length; i++) {
            if (bytes[i] != start[i]) {
                return false;
            }
        }
        return true;
    }

    /** {@code add@/devices/x}, a zero byte, and properties that each end with one. */
    private static Uevent decodeKernel(byte[] bytes, int length) throws NetlinkDecodeException {
        int end = end(bytes, 0, length);
        String headline = text(bytes, 0, end);
        int at = headline.indexOf('@');
        if (at < 1 || end == length) {
            throw wrong(0, "no ACTION@DEVPATH");
        }
        Map<String, String> properties = properties(bytes, end + 1, length);
        return new Uevent(
                headline.substring(0, at), headline.substring(at + 1), Source.KERNEL, properties);
    }

    private static Uevent decodeUdev(byte[] bytes, int length) throws NetlinkDecodeException {
        if (length < UDEV_HEADER || Wire.be32(bytes, LIBUDEV.length) != UDEV_MAGIC) {
            throw wrong(LIBUDEV.length, "udev's mark is not there");
        }
        int from = Wire.s32(bytes, UDEV_PROPERTIES_OFFSET);
        int size = Wire.s32(bytes, UDEV_PROPERTIES_LENGTH);
        if (from < UDEV_HEADER || from > length || size < 0 || size > length - from) {
            throw wrong(
                    UDEV_PROPERTIES_OFFSET,
                    "properties at %d, %d bytes, in a message of %d".formatted(from, size, length));
        }
        Map<String, String> properties = properties(bytes, from, from + size);
        String action = properties.get("ACTION");
        String devpath = properties.get("DEVPATH");
        if (action == null || devpath == null) {
            throw wrong(from, "no ACTION and DEVPATH");
        }
        return new Uevent(action, devpath, Source.UDEV, properties);
    }

    private static Map<String, String> properties(byte[] bytes, int from, int to)
            throws NetlinkDecodeException {
        Map<String, String> properties = new LinkedHashMap<>();
        int at = from;
        while (at < to) {
            int end = end(bytes, at, to);
            String property = text(bytes, at, end);
            int equals = property.indexOf('=');
            if (equals < 1) {
                throw wrong(at, "no NAME=VALUE");
            }
            if (properties.size() >= MOST_PROPERTIES) {
                throw wrong(at, "more than " + MOST_PROPERTIES + " properties");
            }
            properties.put(property.substring(0, equals), property.substring(equals + 1));
            at = end + 1;
        }
        return properties;
    }

    private static int end(byte[] bytes, int from, int to) {
        int end = from;
        while (end < to && bytes[end] != 0) {
            end++;
        }
        return end;
    }

    private static String text(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    private static NetlinkDecodeException wrong(int offset, String problem) {
        return new NetlinkDecodeException("uevent", offset, problem);
    }
}
