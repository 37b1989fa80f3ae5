// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

/**
 * What a client of SOCKS wants.
 *
 * @param version 4 or 5
 * @param command what it is
 * @param destination where to; what was written as a name but is an address, is an address
 * @param user who has logged in, of version 5; who the client says it is, which proves nothing, of
 *     version 4; empty for nobody
 */
public record SocksRequest(
        int version, SocksCommand command, SocksAddress destination, String user) {}
