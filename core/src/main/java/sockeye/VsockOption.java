// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.time.Duration;
import java.util.List;

/**
 * The options of AF_VSOCK, whose level is the number of the family. The sizes are those of the
 * buffer for what arrives, which is what the peer may have under way; they are fixed when the
 * connection is made, and a listener's go to its connections.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/vsock.7.html">vsock(7)</a>
 */
public final class VsockOption {
    private static final OptionTable TABLE = new OptionTable(AddressFamily.AF_VSOCK);
    private static final String SIZES = "0 to 9223372036854775807";

    private VsockOption() {}

    /**
     * The size of the receive buffer. Default 262,144; brought within the least and the greatest.
     */
    public static final Option<Long> BUFFER_SIZE =
            TABLE.readWrite("SO_VM_SOCKETS_BUFFER_SIZE", 0, size());

    /** The least that the receive buffer may be set to. Default 128. */
    public static final Option<Long> BUFFER_MIN_SIZE =
            TABLE.readWrite("SO_VM_SOCKETS_BUFFER_MIN_SIZE", 1, size());

    /** The greatest that the receive buffer may be set to. Default 262,144. */
    public static final Option<Long> BUFFER_MAX_SIZE =
            TABLE.readWrite("SO_VM_SOCKETS_BUFFER_MAX_SIZE", 2, size());

    /** The host's number for the peer's machine; of VMware's transport, else ENOPROTOOPT. */
    public static final Option<Integer> PEER_HOST_VM_ID =
            TABLE.readOnly("SO_VM_SOCKETS_PEER_HOST_VM_ID", 3, OptionCodec.integer(""));

    /** Whether the peer's program is trusted by its machine; as above. */
    public static final Option<Boolean> TRUSTED =
            TABLE.readOnly("SO_VM_SOCKETS_TRUSTED", 5, OptionCodec.flag());

    /**
     * How long the kernel tries to connect before ETIMEDOUT. Default 2 s, which 0 sets again. A
     * deadline of ours may end it sooner.
     */
    public static final Option<Duration> CONNECT_TIMEOUT_OLD =
            TABLE.readWrite("SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD", 6, TimeValue.CODEC);

    /** Whether sends and receives inside VMware's kernel may sleep; as above. */
    public static final Option<Boolean> NONBLOCK_TXRX =
            TABLE.readOnly("SO_VM_SOCKETS_NONBLOCK_TXRX", 7, OptionCodec.flag());

    /** The same as {@link #CONNECT_TIMEOUT_OLD} on 64 bits, in its newer form. Linux 5.16. */
    public static final Option<Duration> CONNECT_TIMEOUT_NEW =
            TABLE.readWrite("SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW", 8, TimeValue.CODEC);

    private static OptionCodec<Long> size() {
        return OptionCodec.longInteger("bytes", SIZES);
    }

    /**
     * All options of this class, in the order of their declaration.
     *
     * @return an unmodifiable list
     */
    public static List<Option<?>> all() {
        return TABLE.all();
    }
}
