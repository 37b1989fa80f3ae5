// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

/**
 * How large a ring is; powers of 2.
 *
 * @param entries how many operations one turn submits by one system call
 * @param completions how many are told by one
 * @param streamBuffers how many chunks the kernel may receive streams into at a time
 * @param messageBuffers the same for messages
 */
record RingSizes(int entries, int completions, int streamBuffers, int messageBuffers) {
    static final RingSizes USUAL = new RingSizes(1024, 4096, 256, 64);
}
