// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serial;
import java.io.Serializable;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The address of a family that has no endpoint of its own here, as the bytes that follow the family
 * in {@code struct sockaddr}. With it any family of the kernel can be used.
 */
public final class RawEndpoint implements Endpoint {
    /** The most bytes that can follow the family. */
    public static final int MAX_BYTES = MAX_SOCKADDR - Sockaddr.sa_data;

    @Serial private static final long serialVersionUID = 1;

    private final int family;
    private final byte[] bytes;

    /**
     * Makes an address from what follows the family.
     *
     * @param family 0 to 65535
     * @param bytes at most {@link #MAX_BYTES}, in the layout of the family's structure; copied
     * @throws IllegalArgumentException if either is out of its bounds
     */
    public RawEndpoint(int family, byte[] bytes) {
        if (family < 0 || family > 0xFFFF) {
            throw new IllegalArgumentException("an address family is 0 to 65535, not " + family);
        }
        if (bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "at most "
                            + MAX_BYTES
                            + " bytes follow the family in a socket address, not "
                            + bytes.length);
        }
        this.family = family;
        this.bytes = bytes.clone();
    }

    static RawEndpoint decode(int family, byte[] sockaddr, int length) {
        int from = Math.min(length, Sockaddr.sa_data);
        return new RawEndpoint(family, Arrays.copyOfRange(sockaddr, from, length));
    }

    @Override
    public int family() {
        return family;
    }

    /** The bytes that follow the family. */
    public byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public int encode(int socketFamily, byte[] sockaddr) {
        Sockaddr.putFamily(sockaddr, family);
        System.arraycopy(bytes, 0, sockaddr, Sockaddr.sa_data, bytes.length);
        return Sockaddr.sa_data + bytes.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RawEndpoint that
                && family == that.family
                && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return 31 * family + Arrays.hashCode(bytes);
    }

    /** The family by name and the bytes in hexadecimal, {@code AF_VSOCK/0000d20400000300}. */
    @Override
    public String toString() {
        return AddressFamily.nameOf(family) + "/" + HexFormat.of().formatHex(bytes);
    }

    private Object writeReplace() {
        return new Serialized(family, HexFormat.of().formatHex(bytes));
    }

    @Serial
    private void readObject(ObjectInputStream in) throws InvalidObjectException {
        throw new InvalidObjectException("only its serial form is read");
    }

    /** The serial form, which passes the constructor's checks when it is read. */
    private record Serialized(int family, String bytesInHex) implements Serializable {
        private Object readResolve() {
            return new RawEndpoint(family, HexFormat.of().parseHex(bytesInHex));
        }
    }
}
