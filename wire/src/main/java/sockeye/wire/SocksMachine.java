// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One side of the dialogue of SOCKS that comes before the bytes of a connection, whatever pieces
 * the other side's come in: versions 4, 4A and 5 (<a
 * href="https://www.rfc-editor.org/rfc/rfc1928">RFC 1928</a>, <a
 * href="https://www.rfc-editor.org/rfc/rfc1929">RFC 1929</a>). It takes the bytes of the dialogue
 * and no more: what follows is left to whose it is.
 *
 * <pre>{@code
 * while (true) {
 *     switch (machine.next(input)) {
 *         case SEND -> write(machine.output());
 *         case MORE -> input = read(machine.wanted());       // at most so many bytes
 *         case LOGIN -> ...                                  // of a server alone
 *         case REQUEST -> ...                                // the same
 *         case DONE -> { return; }
 *         case REFUSED -> throw ...
 *     }
 * }
 * }</pre>
 *
 * <p>Bounded: no message has more than 520 bytes, and each length is checked before a byte of what
 * it announces is waited for. What is wrong is refused as soon as the byte has come that makes it
 * wrong, and before that a server has something to {@link SocksStep#SEND} if there is an answer
 * that says so.
 *
 * <p>Not safe for use by several threads at a time.
 */
public abstract sealed class SocksMachine permits SocksClientMachine, SocksServerMachine {
    static final int ANONYMOUS = 0;
    static final int PASSWORD = 2;
    static final int NO_METHOD = 0xFF;

    /** The version of the dialogue of RFC 1929. */
    static final int LOGIN_VERSION = 1;

    /** Version, command, port, address, of version 4. */
    static final int HEAD_4 = 8;

    /** Version, command or reply, a reserved byte, the kind of the address, of version 5. */
    static final int HEAD_5 = 4;

    /** The longest user, and the longest name. */
    static final int MAX_TEXT = 255;

    /** The longest message: a request of version 4A. */
    static final int LONGEST = HEAD_4 + 2 * (MAX_TEXT + 1);

    /** The address of version 4A that says that a name follows. */
    static final int NAME_FOLLOWS = 1;

    private static final int FIRST = 64;

    /** What has come of the present message. */
    byte[] bytes = new byte[FIRST];

    int count;

    private int wanted;
    private SocksStep step = SocksStep.MORE;
    private @Nullable ByteBuffer output;
    private @Nullable String refusal;

    SocksMachine() {}

    // For its user.

    /**
     * Goes on with the dialogue.
     *
     * @param input from position to limit, which may be nothing; the position moves behind what was
     *     taken
     */
    public final SocksStep next(ByteBuffer input) {
        while (output == null && step == SocksStep.MORE && input.hasRemaining()) {
            take(input);
        }
        return output == null ? step : SocksStep.SEND;
    }

    /**
     * What is to be sent, from position to limit; the caller's from now on.
     *
     * @throws IllegalStateException if {@link #next} has not said {@link SocksStep#SEND}
     */
    public final ByteBuffer output() {
        ByteBuffer told = output;
        if (told == null) {
            throw new IllegalStateException("nothing to send: " + step);
        }
        output = null;
        return told;
    }

    /**
     * How many bytes of the other side certainly still belong to the dialogue, at least 1 as long
     * as {@link #next} says {@link SocksStep#MORE}, and else 0: who reads no more than that from a
     * stream reads nothing of what follows.
     */
    public final int wanted() {
        return output == null && step == SocksStep.MORE ? wanted : 0;
    }

    /** Why it was refused, half a sentence; null if it was not. */
    public final @Nullable String refusal() {
        return refusal;
    }

    // The messages.

    private void take(ByteBuffer input) {
        int most = Math.min(wanted, input.remaining());
        if (count + most > bytes.length) {
            byte[] larger = Arrays.copyOf(bytes, Math.max(count + most, 2 * bytes.length));
            Arrays.fill(bytes, (byte) 0);
            bytes = larger;
        }
        input.get(bytes, count, most);
        count += most;
        try {
            wanted = need() - count;
            if (wanted == 0) {
                whole();
            }
        } catch (SocksBytes.Malformed wrong) {
            refuse(wrong.why(), answerTo(wrong));
        }
    }

    /**
     * How long the present message is at least, by what has come of it, which may be nothing.
     *
     * @throws SocksBytes.Malformed if it is wrong already
     */
    abstract int need();

    /** The whole message has come. */
    abstract void whole();

    /** What to say to the other side of what is wrong; null for nothing. */
    abstract byte @Nullable [] answerTo(SocksBytes.Malformed wrong);

    /** Forgets the message, which may have had a password in it, and waits for the next. */
    final void begin() {
        Arrays.fill(bytes, 0, count, (byte) 0);
        count = 0;
        wanted = need();
    }

    final void send(byte... message) {
        output = ByteBuffer.wrap(message);
    }

    final void send(ByteBuffer message) {
        output = message.flip();
    }

    /** What {@link #next} says, when nothing is to be sent. */
    final void turn(SocksStep to) {
        step = to;
    }

    final void require(SocksStep asked) {
        if (step != asked) {
            throw new IllegalStateException(asked + " was not asked: " + step);
        }
    }

    /** Ends it, after an answer if there is one. */
    final void refuse(String why, byte @Nullable [] answer) {
        Arrays.fill(bytes, 0, count, (byte) 0);
        refusal = why;
        step = SocksStep.REFUSED;
        if (answer != null) {
            send(answer);
        }
    }

    // Bytes and addresses.

    /** A byte that has come. */
    final int at(int index) {
        return bytes[index] & 0xFF;
    }

    /** Whether a byte has come and is not this one. */
    final boolean isOther(int index, int value) {
        return count > index && at(index) != value;
    }

    /**
     * How long a message of version 5 is at least that has an address behind its head, by what has
     * come of it.
     *
     * @throws SocksBytes.Malformed if there is no such kind of address, or the name has no letter
     */
    final int needWithAddress() {
        if (count < HEAD_5) {
            return HEAD_5 + SocksBytes.SHORTEST_NAME + Short.BYTES;
        }
        boolean known = count > HEAD_5;
        return HEAD_5 + SocksBytes.length(at(HEAD_5 - 1), known ? at(HEAD_5) : 1) + Short.BYTES;
    }

    /**
     * The address of a whole message of version 5.
     *
     * @throws SocksBytes.Malformed if it is a name that cannot be one
     */
    final SocksAddress address() {
        return SocksBytes.getAddress(bytes, HEAD_5 - 1);
    }
}
