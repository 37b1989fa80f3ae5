// SPDX-License-Identifier: Apache-2.0
package sockeye;

/**
 * The answer of {@link NameService#getNameInfo}: an address and a port by name, or as text where
 * they have none.
 *
 * @param host a host name, or the address as text, {@code fe80::1%eth0} with its scope
 * @param service a service name, or the port as text
 */
public record NameInfo(String host, String service) {
    /** The host as its address; no name is looked up. */
    public static final int NI_NUMERICHOST = 0x1;

    /** The service as its port number. */
    public static final int NI_NUMERICSERV = 0x2;

    /** Without the domain, for hosts of the own one. */
    public static final int NI_NOFQDN = 0x4;

    /** A host without a name is an error, EAI_NONAME, instead of its address. */
    public static final int NI_NAMEREQD = 0x8;

    /** The service is that of UDP. */
    public static final int NI_DGRAM = 0x10;

    /** glibc: decode the host by IDNA. */
    public static final int NI_IDN = 0x20;
}
