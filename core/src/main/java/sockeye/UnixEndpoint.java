// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AddressFamily.AF_UNIX;

import sockeye.internal.kernel.CStruct;

import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serial;
import java.io.Serializable;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An address of AF_UNIX, {@code struct sockaddr_un}: a path, an abstract name, or no name at all;
 * unix(7).
 *
 * <p>Paths and names are bytes to the kernel, and so they are here; text becomes UTF-8. A path may
 * be longer than the structure's 108 bytes: to listen at, to connect and to send to, by way of
 * {@code /proc/self/fd}. The codec ({@link #fitsSockaddr()}) and datagram sockets that are to be
 * bound refuse it: who gets a datagram from a long path could not answer.
 */
public final class UnixEndpoint implements Endpoint {
    /** The bytes that {@code sun_path} has room for. */
    public static final int MAX_SUN_PATH = 108;

    /** The longest path as a value: one byte less than PATH_MAX, which counts the closing NUL. */
    public static final int MAX_PATH = 4_095;

    /** The longest abstract name; a leading NUL takes one of the 108 bytes. */
    public static final int MAX_ABSTRACT_NAME = MAX_SUN_PATH - 1;

    @Serial private static final long serialVersionUID = 1;

    private static final UnixEndpoint UNNAMED = new UnixEndpoint(Form.UNNAMED, new byte[0]);

    /** The three forms of an address. */
    public enum Form {
        /** A name in the file system, which outlives the socket. */
        PATH,
        /** A name without a file, gone with the last socket that has it; Linux only. */
        ABSTRACT,
        /**
         * No name: what an unbound socket has. Bound to, it makes the kernel choose an abstract
         * name ("autobind").
         */
        UNNAMED
    }

    private final Form form;
    private final byte[] name;

    private UnixEndpoint(Form form, byte[] name) {
        this.form = form;
        this.name = name;
    }

    /**
     * A path, in UTF-8. It is taken as it is: relative to the working directory unless it begins
     * with a slash; a leading {@code @} is a character like any other.
     *
     * @throws IllegalArgumentException if it is empty, has a NUL or an unpaired surrogate, or is
     *     longer than {@link #MAX_PATH} bytes
     */
    public static UnixEndpoint of(String path) {
        return ofPath(Percent.utf8(path));
    }

    /**
     * A path of the default file system.
     *
     * @throws IllegalArgumentException as {@link #of(String)}, or if it is of another file system
     */
    public static UnixEndpoint of(Path path) {
        if (!path.getFileSystem().equals(FileSystems.getDefault())) {
            throw new IllegalArgumentException(
                    "not a path of the kernel's file system: " + Percent.quote(path.toString()));
        }
        return of(path.toString());
    }

    /**
     * A path as bytes.
     *
     * @throws IllegalArgumentException if it is empty, has a NUL, or is longer than {@link
     *     #MAX_PATH} bytes
     */
    public static UnixEndpoint ofPath(byte[] path) {
        if (path.length == 0 || path.length > MAX_PATH) {
            throw new IllegalArgumentException(
                    "a Unix path has 1 to " + MAX_PATH + " bytes, not " + path.length);
        }
        for (byte b : path) {
            if (b == 0) {
                throw new IllegalArgumentException("a Unix path has no NUL in it");
            }
        }
        return new UnixEndpoint(Form.PATH, path.clone());
    }

    /**
     * An abstract name, in UTF-8, without the leading NUL.
     *
     * @throws IllegalArgumentException if it is longer than {@link #MAX_ABSTRACT_NAME} bytes or has
     *     an unpaired surrogate
     */
    public static UnixEndpoint ofAbstract(String name) {
        return ofAbstract(Percent.utf8(name));
    }

    /**
     * An abstract name as bytes, without the leading NUL; any byte may be in it, and its length
     * counts.
     *
     * @throws IllegalArgumentException if it is longer than {@link #MAX_ABSTRACT_NAME} bytes
     */
    public static UnixEndpoint ofAbstract(byte[] name) {
        if (name.length > MAX_ABSTRACT_NAME) {
            throw new IllegalArgumentException(
                    "an abstract name has at most "
                            + MAX_ABSTRACT_NAME
                            + " bytes, not "
                            + name.length);
        }
        return new UnixEndpoint(Form.ABSTRACT, name.clone());
    }

    /** No name: to bind to, the kernel's choice; as a peer, one that has none. */
    public static UnixEndpoint unnamed() {
        return UNNAMED;
    }

    /** The endpoint of a JDK address; its empty path is the unnamed one. */
    public static UnixEndpoint of(UnixDomainSocketAddress address) {
        Path path = address.getPath();
        return path.toString().isEmpty() ? unnamed() : of(path);
    }

    /** Which of the three forms this is. */
    public Form form() {
        return form;
    }

    /** Whether this is a path. */
    public boolean isPath() {
        return form == Form.PATH;
    }

    /** Whether this is an abstract name. */
    public boolean isAbstract() {
        return form == Form.ABSTRACT;
    }

    /** Whether this is no name at all. */
    public boolean isUnnamed() {
        return form == Form.UNNAMED;
    }

    /** The bytes of the path, or of the abstract name without its leading NUL; none if unnamed. */
    public byte[] nameBytes() {
        return name.clone();
    }

    /**
     * The path for the file system's calls of the JDK.
     *
     * @throws IllegalStateException if this is no path, or not one in UTF-8
     * @throws java.nio.file.InvalidPathException if the JDK cannot name it: for names outside ASCII
     *     it needs a locale of UTF-8
     */
    public Path path() {
        if (form != Form.PATH) {
            throw new IllegalStateException("not a path: " + this);
        }
        String text = new String(name, StandardCharsets.UTF_8);
        if (!Arrays.equals(name, text.getBytes(StandardCharsets.UTF_8))) {
            throw new IllegalStateException("not a path in UTF-8: " + this);
        }
        return Path.of(text);
    }

    /**
     * Whether this fits in {@code struct sockaddr_un}: paths of at most 108 bytes, and every other
     * form. A path of exactly 108 leaves no room for a closing NUL, which Linux does not need.
     */
    public boolean fitsSockaddr() {
        return name.length <= MAX_SUN_PATH;
    }

    /**
     * The same endpoint as the JDK has it, which knows paths only.
     *
     * @throws IllegalStateException if this is an abstract name, or no path in UTF-8
     */
    public UnixDomainSocketAddress toUnixDomainSocketAddress() {
        return form == Form.UNNAMED
                ? UnixDomainSocketAddress.of("")
                : UnixDomainSocketAddress.of(path());
    }

    /** {@inheritDoc} A path that is not UTF-8 is none that the JDK could say. */
    @Override
    public SocketAddress toSocketAddress() {
        if (form == Form.ABSTRACT) {
            return new EndpointSocketAddress(this);
        }
        try {
            return toUnixDomainSocketAddress();
        } catch (IllegalStateException | InvalidPathException unsaid) {
            return new EndpointSocketAddress(this);
        }
    }

    @Override
    public int family() {
        return AF_UNIX;
    }

    @Override
    public EndpointTarget target() {
        return new EndpointTarget.Unix(this);
    }

    /**
     * {@inheritDoc}
     *
     * <p>A path gets its closing NUL if there is room; an abstract name has none. Unnamed is the
     * family alone.
     */
    @Override
    public int encode(int socketFamily, byte[] sockaddr) {
        if (!fitsSockaddr()) {
            throw new IllegalArgumentException(
                    "a Unix socket address has room for 108 bytes, this path has "
                            + name.length
                            + ": "
                            + this);
        }
        Sockaddr.putFamily(sockaddr, AF_UNIX);
        int at = SockaddrUn.sun_path;
        switch (form) {
            case UNNAMED -> {}
            case ABSTRACT -> {
                sockaddr[at++] = 0;
                System.arraycopy(name, 0, sockaddr, at, name.length);
                at += name.length;
            }
            case PATH -> {
                System.arraycopy(name, 0, sockaddr, at, name.length);
                at += name.length;
                if (at < SockaddrUn.SIZEOF) {
                    sockaddr[at++] = 0;
                }
            }
        }
        return at;
    }

    /**
     * Decodes what {@link Endpoint#decode} found to be of AF_UNIX. The length of a path counts its
     * NUL and may be 111, one more than the structure, when the path fills it.
     */
    static UnixEndpoint decode(byte[] sockaddr, int length) {
        int from = SockaddrUn.sun_path;
        int to = Math.min(length, SockaddrUn.SIZEOF);
        if (to <= from) {
            return UNNAMED;
        }
        if (sockaddr[from] == 0) {
            return new UnixEndpoint(Form.ABSTRACT, Arrays.copyOfRange(sockaddr, from + 1, to));
        }
        int end = from;
        while (end < to && sockaddr[end] != 0) {
            end++;
        }
        return new UnixEndpoint(Form.PATH, Arrays.copyOfRange(sockaddr, from, end));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UnixEndpoint that
                && form == that.form
                && Arrays.equals(name, that.name);
    }

    @Override
    public int hashCode() {
        return 31 * form.hashCode() + Arrays.hashCode(name);
    }

    /**
     * The path, {@code @} and the abstract name, or {@code (unnamed)}. Bytes that are not printable
     * UTF-8 are percent-encoded, and so is what an {@link EndpointSpec} could misread: {@code %},
     * {@code ?}, and at the beginning of a path {@code @}, {@code (} and the first of two slashes.
     */
    @Override
    public String toString() {
        return switch (form) {
            case PATH -> Percent.encodePath(name);
            case ABSTRACT -> "@" + Percent.encode(name);
            case UNNAMED -> "(unnamed)";
        };
    }

    private Object writeReplace() {
        return new Serialized(form, HexFormat.of().formatHex(name));
    }

    @Serial
    private void readObject(ObjectInputStream in) throws InvalidObjectException {
        throw new InvalidObjectException("only its serial form is read");
    }

    /** The serial form, which passes the factories' checks when it is read. */
    private record Serialized(Form form, String nameInHex) implements Serializable {
        private Object readResolve() {
            byte[] name = HexFormat.of().parseHex(nameInHex);
            return switch (form) {
                case PATH -> ofPath(name);
                case ABSTRACT -> ofAbstract(name);
                case UNNAMED -> UNNAMED;
            };
        }
    }

    /** Offsets in bytes. */
    @CStruct("struct sockaddr_un")
    static final class SockaddrUn {
        static final int SIZEOF = 110;
        static final int sun_path = 2;

        private SockaddrUn() {}
    }
}
