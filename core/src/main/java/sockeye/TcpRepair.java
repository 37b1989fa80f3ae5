// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The values of the repair options, with which a connection is taken apart in one process and put
 * together in another. All need CAP_NET_ADMIN. How the parts go together is told by the project
 * that they were made for.
 *
 * @see <a href="https://criu.org/TCP_connection">TCP connection, CRIU</a>
 */
public final class TcpRepair {
    private TcpRepair() {}

    /** Whether a connection is under repair: the value of {@link TcpOption#REPAIR}. */
    public enum Mode {
        /** Not under repair; a window probe tells the peer that the connection is back. */
        OFF(0),
        /** Under repair: nothing is sent, close sends nothing, queues can be looked at and set. */
        ON(1),
        /** To be set only: not under repair, and no window probe is sent. Read as OFF. */
        OFF_NO_WINDOW_PROBE(-1);

        private final int number;

        Mode(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /** Which queue is meant: the value of {@link TcpOption#REPAIR_QUEUE}. */
    public enum Queue {
        /** None. */
        NONE(0),
        /** What was received and not yet read. */
        RECEIVE(1),
        /** What was sent and not yet acknowledged, or not yet sent. */
        SEND(2);

        private final int number;

        Queue(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /**
     * The windows of both directions: the value of {@link TcpOption#REPAIR_WINDOW}. All are C's
     * unsigned 32 bits in an int.
     *
     * @param sendUpdate the sequence number of the segment that last set the send window ({@code
     *     snd_wl1})
     * @param sendWindow the window that the peer offers, in bytes
     * @param maxWindow the greatest window that the peer ever offered, in bytes
     * @param receiveWindow the window that we offer, in bytes
     * @param receiveUpdate the sequence number up to which we acknowledged when offering it ({@code
     *     rcv_wup})
     */
    public record Window(
            int sendUpdate, int sendWindow, int maxWindow, int receiveWindow, int receiveUpdate) {

        @CStruct("struct tcp_repair_window")
        static final class Layout {
            static final int SIZEOF = 20;
            static final int snd_wl1 = 0;
            static final int snd_wnd = 4;
            static final int max_window = 8;
            static final int rcv_wnd = 12;
            static final int rcv_wup = 16;

            private Layout() {}
        }

        static final OptionCodec<Window> CODEC =
                OptionCodec.struct(Window.class, Layout.SIZEOF, "", Window::write, Window::read);

        private static void write(ByteBuffer out, Window value) {
            out.putInt(Layout.snd_wl1, value.sendUpdate)
                    .putInt(Layout.snd_wnd, value.sendWindow)
                    .putInt(Layout.max_window, value.maxWindow)
                    .putInt(Layout.rcv_wnd, value.receiveWindow)
                    .putInt(Layout.rcv_wup, value.receiveUpdate);
        }

        private static Window read(ByteBuffer in) {
            return new Window(
                    in.getInt(Layout.snd_wl1),
                    in.getInt(Layout.snd_wnd),
                    in.getInt(Layout.max_window),
                    in.getInt(Layout.rcv_wnd),
                    in.getInt(Layout.rcv_wup));
        }
    }

    /**
     * One thing that was agreed when the connection began.
     *
     * @param kind the option kind of TCP's header: {@link #MAX_SEGMENT}, {@link #WINDOW}, {@link
     *     #SACK_PERMITTED} or {@link #TIMESTAMP}
     * @param value the segment size; for {@link #WINDOW} the shift of the send window, and in the
     *     upper 16 bits that of the receive window; else 0
     */
    public record Agreement(int kind, int value) {
        /** The greatest segment size. */
        public static final int MAX_SEGMENT = 2;

        /** The window shifts. */
        public static final int WINDOW = 3;

        /** Selective acknowledgements. */
        public static final int SACK_PERMITTED = 4;

        /** Time stamps. */
        public static final int TIMESTAMP = 8;

        @CStruct("struct tcp_repair_opt")
        static final class Layout {
            static final int SIZEOF = 8;
            static final int opt_code = 0;
            static final int opt_val = 4;

            private Layout() {}
        }
    }

    /**
     * What was agreed when the connection began: the value of {@link TcpOption#REPAIR_OPTIONS}.
     *
     * @param agreements up to {@link #MAX}
     */
    public record Options(List<Agreement> agreements) {
        /** The most agreements in one setting. */
        public static final int MAX = 16;

        /**
         * Copies the list.
         *
         * @throws IllegalArgumentException if there are more than {@link #MAX}
         */
        public Options {
            agreements = List.copyOf(agreements);
            OptionCodec.inRange(agreements.size(), 0, MAX, "agreements");
        }

        static final OptionCodec<Options> CODEC =
                OptionCodec.of(
                        Options.class,
                        MAX * Agreement.Layout.SIZEOF,
                        "agreements",
                        "0 to " + MAX,
                        Options::encoded,
                        (bytes, length) -> {
                            throw new UnsupportedOperationException();
                        });

        private byte[] encoded() {
            byte[] encoded = new byte[agreements.size() * Agreement.Layout.SIZEOF];
            ByteBuffer out = OptionCodec.nativeOrder(encoded);
            agreements.forEach(each -> out.putInt(each.kind).putInt(each.value));
            return encoded;
        }
    }
}
