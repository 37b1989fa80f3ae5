// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

/** Whether a server asks its clients for a certificate. */
public enum TlsClientAuth {
    /** It does not ask. */
    NONE,
    /** It asks; a client without one is served nevertheless, one with a bad one is not. */
    WANT,
    /** It asks, and serves only clients that have one that is trusted. */
    NEED
}
