// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.util.List;

/**
 * The options of level SOL_MPTCP, for stream sockets of protocol IPPROTO_MPTCP. Most of {@link
 * SoOption} and {@link TcpOption} works on these too, and goes to all paths.
 *
 * @see <a href="https://docs.kernel.org/networking/mptcp.html">Multipath TCP</a>
 */
public final class MptcpOption {
    private static final int SOL_MPTCP = 284;
    private static final OptionTable TABLE = new OptionTable(SOL_MPTCP);

    private MptcpOption() {}

    /**
     * Paths and counts of a connection; EOPNOTSUPP if it fell back to TCP. Read-only. Linux 5.16.
     */
    public static final Option<MptcpInfo> INFO = TABLE.readOnly("MPTCP_INFO", 1, MptcpInfo.CODEC);

    /**
     * All options of this class, in the order of their declaration.
     *
     * @return an unmodifiable list
     */
    public static List<Option<?>> all() {
        return TABLE.all();
    }
}
