// SPDX-License-Identifier: Apache-2.0
package sockeye;

/**
 * Whether threads wait at a socket. With {@link SocketTraffic} it tells, looked at now and then,
 * what a connection that nothing moves on is waiting for: its peer's next word, or its peer's
 * taking what was said. It costs those who wait nothing.
 *
 * @param input whether some thread waits to receive or to accept
 * @param output whether some thread waits for room to send, or to be connected
 */
public record SocketWaits(boolean input, boolean output) {
    /** How it is at this moment; of a closed socket, nobody waits. By any thread. */
    public static SocketWaits of(LinuxSocket socket) {
        return new SocketWaits(
                socket.descriptor.input.isAwaited(), socket.descriptor.output.isAwaited());
    }
}
