// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

/** What a call of {@link SocksMachine#next} came to, and what is to be done next. */
public enum SocksStep {
    /** All input has been consumed, and more is needed. */
    MORE,
    /** {@link SocksMachine#output} is to be sent to the other side before the next call. */
    SEND,
    /**
     * Of a server: a client has said who it is, {@link SocksServerMachine#login}; {@link
     * SocksServerMachine#accept} or {@link SocksServerMachine#reject} it before the next call.
     */
    LOGIN,
    /**
     * Of a server: a client has said what it wants, {@link SocksServerMachine#request}; {@link
     * SocksServerMachine#answer} it before the next call.
     */
    REQUEST,
    /** The way is open: whatever follows, in both directions, is none of SOCKS's. */
    DONE,
    /** It has come to nothing: {@link SocksMachine#refusal} says why. */
    REFUSED
}
