// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.net.SocketOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A socket option of the kernel: a level, a number, and the Java type of its value.
 *
 * <p>Options are constants, grouped by the kernel's level: {@link SoOption} (SOL_SOCKET) and its
 * siblings. A constant bears the kernel's name without its prefix and with the words parted:
 * SO_REUSEPORT is {@code SoOption.REUSE_PORT}, SO_RCVBUF is {@code SoOption.RCV_BUF}; {@link
 * #name()} is the kernel's spelling. For whatever has no constant there is raw access to any level
 * and number: {@link #rawInt(int, int)} and {@link #rawBytes(int, int, int)}.
 *
 * <p>Values have the type that their meaning asks for: {@link Boolean} for switches, {@link
 * Integer} or {@link Long} for counts, sizes and numbers, {@link java.time.Duration} for times,
 * records for structures. A duration is rounded up to the kernel's unit, so that a short time never
 * becomes the zero that most options read as "off"; a value outside the range of the option is an
 * {@link IllegalArgumentException} before any system call is made. What a value means, its unit,
 * range and default stand in the javadoc of each constant; "since Linux" is given for options newer
 * than Linux 5.4, and where nothing is said no privilege is needed.
 *
 * <p>An option is immutable and safe for use by any thread. Two options are equal only if they are
 * the same object.
 *
 * @param <T> the type of the value
 * @see <a href="https://man7.org/linux/man-pages/man2/getsockopt.2.html">getsockopt(2)</a>
 */
public final class Option<T> implements SocketOption<T> {
    private final String name;
    private final int level;
    private final int number;
    private final Access access;
    private final OptionCodec<T> codec;

    /** What the kernel lets one do with an option. */
    enum Access {
        READ_WRITE,
        READ_ONLY,
        WRITE_ONLY
    }

    Option(String name, int level, int number, Access access, OptionCodec<T> codec) {
        this.name = name;
        this.level = level;
        this.number = number;
        this.access = access;
        this.codec = codec;
    }

    /**
     * Any option whose value is a C {@code int} in the kernel's byte order.
     *
     * @param level the level as getsockopt(2) takes it, for example 1 for SOL_SOCKET
     * @param number the number of the option within its level
     * @return an option that can be read and written, as far as the kernel allows
     */
    public static Option<Integer> rawInt(int level, int number) {
        return new Option<>(
                rawName(level, number), level, number, Access.READ_WRITE, OptionCodec.integer(""));
    }

    /**
     * Any option, as the bytes that the kernel takes and gives. The bytes are in the kernel's byte
     * order; a structure that holds pointers cannot be passed this way.
     *
     * @param level the level as getsockopt(2) takes it
     * @param number the number of the option within its level
     * @param maxLength the size of the buffer for reading, and the most that may be written: 0 to
     *     65,536 bytes. The array that a read returns is as long as the kernel says the value is.
     * @return an option that can be read and written, as far as the kernel allows
     * @throws IllegalArgumentException if {@code maxLength} is out of range
     */
    public static Option<byte[]> rawBytes(int level, int number, int maxLength) {
        if (maxLength < 0 || maxLength > 65_536) {
            throw new IllegalArgumentException(
                    "maxLength must be between 0 and 65536: " + maxLength);
        }
        return new Option<>(
                rawName(level, number),
                level,
                number,
                Access.READ_WRITE,
                OptionCodec.bytes(maxLength));
    }

    /** All options of the levels that a socket has. */
    static List<Option<?>> ofSocket(int family, int protocol) {
        List<Option<?>> options = new ArrayList<>(SoOption.all());
        if (family == AddressFamily.AF_INET || family == AddressFamily.AF_INET6) {
            options.addAll(IpOption.all());
            if (family == AddressFamily.AF_INET6) {
                options.addAll(Ipv6Option.all());
            }
            switch (protocol) {
                case IpProtocol.IPPROTO_TCP -> options.addAll(TcpOption.all());
                case IpProtocol.IPPROTO_UDP -> options.addAll(UdpOption.all());
                case IpProtocol.IPPROTO_UDPLITE -> options.addAll(UdpLiteOption.all());
                case IpProtocol.IPPROTO_SCTP -> options.addAll(SctpOption.all());
                case IpProtocol.IPPROTO_MPTCP -> {
                    options.addAll(TcpOption.all());
                    options.addAll(MptcpOption.all());
                }
                default -> {}
            }
        } else if (family == AddressFamily.AF_NETLINK) {
            options.addAll(NetlinkOption.all());
        }
        switch (family) {
            case AddressFamily.AF_TIPC -> options.addAll(TipcOption.all());
            case AddressFamily.AF_VSOCK -> options.addAll(VsockOption.all());
            case AddressFamily.AF_PACKET -> options.addAll(PacketOption.all());
            case AddressFamily.AF_CAN -> options.addAll(CanOption.ofProtocol(protocol));
            default -> {}
        }
        return options;
    }

    private static String rawName(int level, int number) {
        return "option " + Integer.toUnsignedString(level) + "/" + Integer.toUnsignedString(number);
    }

    /** The kernel's name, for example {@code SO_REUSEPORT}; {@code option 1/99} for a raw one. */
    @Override
    public String name() {
        return name;
    }

    /** The class of the values. */
    @Override
    public Class<T> type() {
        return codec.type();
    }

    /** The level as getsockopt(2) takes it: 1 for SOL_SOCKET, 6 for IPPROTO_TCP, … */
    public int level() {
        return level;
    }

    /** The number of the option within its level. */
    public int number() {
        return number;
    }

    /** Whether the kernel lets the option be read. */
    public boolean readable() {
        return access != Access.WRITE_ONLY;
    }

    /** Whether the kernel lets the option be set. */
    public boolean writable() {
        return access != Access.READ_ONLY;
    }

    /**
     * The most bytes that the value can take, in either direction: the bound for the buffer of
     * getsockopt(2). A structure that grew with the kernel has some room to spare here.
     */
    public int maxLength() {
        return codec.maxLength();
    }

    /**
     * The bytes that setsockopt(2) is given for a value, in the kernel's byte order.
     *
     * @param value the value, within the range of the option
     * @return a new array, not longer than {@link #maxLength()}
     * @throws IllegalArgumentException if the value is out of range; the message names the option,
     *     the range and the value
     * @throws UnsupportedOperationException if the option cannot be set
     */
    public byte[] encode(T value) {
        if (!writable()) {
            throw new UnsupportedOperationException(name + " can only be read");
        }
        Objects.requireNonNull(value, name);
        try {
            return codec.encode(value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    /**
     * The value that getsockopt(2) answered. A structure shorter than this version knows (an older
     * kernel) has zeros for what is missing; what a newer kernel added at the end is left out.
     *
     * @param bytes a buffer that begins with the value, in the kernel's byte order
     * @param length the length that the kernel reported; what goes beyond the buffer is ignored
     * @return the value
     * @throws IllegalArgumentException if the bytes are no value of this option
     * @throws UnsupportedOperationException if the option cannot be read
     */
    public T decode(byte[] bytes, int length) {
        requireReadable();
        if (length < 0) {
            throw new IllegalArgumentException(name + ": negative length " + length);
        }
        try {
            return codec.decode(bytes, length);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    /**
     * This option together with a value for it, to be applied to a socket later: between socket(2)
     * and bind(2) or connect(2), where the roles take settings.
     *
     * @param value the value, within the range of the option
     * @return the pair
     * @throws IllegalArgumentException if the value is out of range
     * @throws UnsupportedOperationException if the option cannot be set
     */
    public OptionSetting<T> to(T value) {
        return new OptionSetting<>(this, value);
    }

    /**
     * Our option for one of the JDK's, with the JDK's type and meaning of the value: SO_LINGER is
     * seconds in an {@link Integer}, negative for off. The options of the IP level become those of
     * IPPROTO_IP; for a socket of AF_INET6 use {@link #of(SocketOption, int)}.
     *
     * @param <T> the type of the value
     * @param option one of {@link java.net.StandardSocketOptions}, or an {@code Option}, which is
     *     returned as it is
     * @return the option to pass to the kernel
     * @throws UnsupportedOperationException if the option is of another kind
     */
    public static <T> Option<T> of(SocketOption<T> option) {
        return StandardOptions.of(option, AddressFamily.AF_INET);
    }

    /**
     * Our option for one of the JDK's, for a socket of the given family: on AF_INET6 the JDK's
     * IP_TOS, IP_MULTICAST_IF, IP_MULTICAST_TTL and IP_MULTICAST_LOOP become IPV6_TCLASS,
     * IPV6_MULTICAST_IF, IPV6_MULTICAST_HOPS and IPV6_MULTICAST_LOOP.
     *
     * @param <T> the type of the value
     * @param option one of {@link java.net.StandardSocketOptions}, or an {@code Option}, which is
     *     returned as it is
     * @param family the family of the socket, AF_INET or AF_INET6
     * @return the option to pass to the kernel
     * @throws UnsupportedOperationException if the option is of another kind
     */
    public static <T> Option<T> of(SocketOption<T> option, int family) {
        return StandardOptions.of(option, family);
    }

    /**
     * The buffer to read into: its length is what getsockopt(2) is told, and what the kernel wants
     * to find in it (some options ask a question) is there. If the kernel answers ERANGE and the
     * buffer is shorter than {@link #maxLength()}, try again with a buffer of that length.
     *
     * @throws UnsupportedOperationException if the option cannot be read
     */
    byte[] readBuffer() {
        requireReadable();
        return codec.readBuffer();
    }

    /**
     * What the encoded value points to, or null for a value without a pointer. The caller copies it
     * to native memory and writes the address, as a native long, into the encoded bytes at {@link
     * #pointerOffset()}; the memory need not outlive the system call.
     */
    byte @Nullable [] pointee(T value) {
        return codec.pointee(value);
    }

    /** Where in the encoded bytes the address of {@link #pointee} belongs. */
    int pointerOffset() {
        return codec.pointerOffset();
    }

    Access access() {
        return access;
    }

    /** The unit of the value, for the table of all options; empty if it has none. */
    String unit() {
        return codec.unit();
    }

    /** The range of the value in words, for the table of all options; empty if any is legal. */
    String range() {
        return codec.range();
    }

    /** This option for reading with a question that the kernel finds in the buffer. */
    Option<T> asking(byte[] question) {
        return new Option<>(name, level, number, Access.READ_ONLY, codec.asking(question));
    }

    private void requireReadable() {
        if (!readable()) {
            throw new UnsupportedOperationException(name + " can only be set");
        }
    }

    /** The kernel's name of the option. */
    @Override
    public String toString() {
        return name;
    }
}
