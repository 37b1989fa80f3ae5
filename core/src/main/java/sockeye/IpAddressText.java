// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

/** The text forms of IP addresses: inet_pton(3) and RFC 4291 in, RFC 5952 out. */
final class IpAddressText {
    private static final int GROUPS = 8;
    private static final int LONGEST = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255".length();

    private IpAddressText() {}

    static @Nullable IpAddress parse(String text) {
        if (text.length() > LONGEST) {
            return null;
        }
        if (text.indexOf(':') < 0) {
            long bits = parseDotted(text, 0);
            return bits < 0 ? null : IpAddress.ipv4((int) bits);
        }
        return parseGroups(text);
    }

    /** The 32 bits of a dotted quad that reaches from a position to the end, or -1. */
    private static long parseDotted(String text, int from) {
        long bits = 0;
        int at = from;
        for (int part = 0; part < 4; part++) {
            if (part > 0) {
                if (at >= text.length() || text.charAt(at) != '.') {
                    return -1;
                }
                at++;
            }
            int start = at;
            int value = 0;
            while (at < text.length() && isDigit(text.charAt(at)) && at - start < 3) {
                value = value * 10 + (text.charAt(at) - '0');
                at++;
            }
            boolean leadingZero = at - start > 1 && text.charAt(start) == '0';
            if (at == start || leadingZero || value > 255) {
                return -1;
            }
            bits = bits << 8 | value;
        }
        return at == text.length() ? bits : -1;
    }

    /** The 32 bits of a text as inet_aton(3) has it, or -1. */
    static long parseAton(String text) {
        String[] parts = text.length() > LONGEST ? new String[0] : text.split("\\.", -1);
        if (parts.length < 1 || parts.length > 4) {
            return -1;
        }
        long bits = 0;
        for (int i = 0; i < parts.length; i++) {
            boolean last = i == parts.length - 1;
            long most = last ? 0xFFFF_FFFFL >>> (8 * i) : 0xFF;
            long value = parseNumber(parts[i]);
            if (value < 0 || value > most) {
                return -1;
            }
            bits |= last ? value : value << (24 - 8 * i);
        }
        return bits;
    }

    /** A number in C's notation, up to 32 bits; -1 for anything else. */
    private static long parseNumber(String text) {
        boolean hex = text.startsWith("0x") || text.startsWith("0X");
        boolean octal = !hex && text.length() > 1 && text.startsWith("0");
        int base = hex ? 16 : octal ? 8 : 10;
        long value = 0;
        int at = hex ? 2 : 0;
        if (at == text.length()) {
            return -1;
        }
        for (; at < text.length(); at++) {
            char c = text.charAt(at);
            int digit = c < 0x80 ? Character.digit(c, base) : -1;
            if (digit < 0) {
                return -1;
            }
            value = value * base + digit;
            if (value > 0xFFFF_FFFFL) {
                return -1;
            }
        }
        return value;
    }

    private static @Nullable IpAddress parseGroups(String text) {
        int[] groups = new int[GROUPS];
        int count = 0;
        int gap = -1;
        int at = 0;
        if (text.startsWith("::")) {
            gap = 0;
            at = 2;
        }
        while (at < text.length()) {
            if (count == GROUPS) {
                return null;
            }
            int end = text.indexOf(':', at);
            int stop = end < 0 ? text.length() : end;
            if (end < 0 && text.indexOf('.', at) >= 0) {
                long bits = parseDotted(text, at);
                if (bits < 0 || count > GROUPS - 2) {
                    return null;
                }
                groups[count++] = (int) (bits >>> 16);
                groups[count++] = (int) (bits & 0xFFFF);
                break;
            }
            int group = parseGroup(text, at, stop);
            if (group < 0) {
                return null;
            }
            groups[count++] = group;
            if (end < 0) {
                break;
            }
            at = end + 1;
            if (at == text.length()) {
                return null;
            }
            if (text.charAt(at) == ':') {
                if (gap >= 0) {
                    return null;
                }
                gap = count;
                at++;
            }
        }
        if (gap < 0 ? count != GROUPS : count == GROUPS) {
            return null;
        }
        return join(groups, count, gap < 0 ? count : gap);
    }

    private static int parseGroup(String text, int from, int to) {
        if (from == to || to - from > 4) {
            return -1;
        }
        int value = 0;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            int digit = c < 0x80 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                return -1;
            }
            value = value << 4 | digit;
        }
        return value;
    }

    /** The groups before the gap, zeros, and the groups behind it. */
    private static IpAddress join(int[] groups, int count, int gap) {
        long high = 0;
        long low = 0;
        for (int i = 0; i < GROUPS; i++) {
            int behind = count - (GROUPS - i);
            int group = i < gap ? groups[i] : behind >= gap ? groups[behind] : 0;
            if (i < GROUPS / 2) {
                high = high << 16 | group;
            } else {
                low = low << 16 | group;
            }
        }
        return IpAddress.ipv6(high, low);
    }

    static String format(IpAddress address) {
        if (address.isIpv4()) {
            return dotted(address.low());
        }
        if (address.isMapped()) {
            return "::ffff:" + dotted(address.low() & 0xFFFF_FFFFL);
        }
        int[] groups = new int[GROUPS];
        for (int i = 0; i < GROUPS; i++) {
            long half = i < GROUPS / 2 ? address.high() : address.low();
            groups[i] = (int) (half >>> (48 - 16 * (i % 4))) & 0xFFFF;
        }
        return compressed(groups);
    }

    private static String dotted(long bits) {
        return (bits >>> 24)
                + "."
                + (bits >>> 16 & 255)
                + "."
                + (bits >>> 8 & 255)
                + "."
                + (bits & 255);
    }

    /**
     * RFC 5952 section 4.2: the first of the longest runs of two or more zero groups becomes {@code
     * ::}.
     */
    private static String compressed(int[] groups) {
        int longest = 0;
        int longestLength = 1;
        for (int i = 0; i < GROUPS; i++) {
            int end = i;
            while (end < GROUPS && groups[end] == 0) {
                end++;
            }
            if (end - i > longestLength) {
                longest = i;
                longestLength = end - i;
            }
        }
        boolean hasGap = longestLength > 1;
        var text = new StringBuilder(39);
        for (int i = 0; i < GROUPS; i++) {
            if (hasGap && i == longest) {
                text.append("::");
                i += longestLength - 1;
                continue;
            }
            if (i > 0 && !(hasGap && i == longest + longestLength)) {
                text.append(':');
            }
            text.append(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
