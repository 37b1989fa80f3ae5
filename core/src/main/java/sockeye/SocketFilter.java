// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A program of the classic Berkeley packet filter, for {@link SoOption#ATTACH_FILTER} and {@link
 * SoOption#ATTACH_REUSEPORT_CBPF}. A socket filter answers for each packet how many bytes of it to
 * keep, 0 to drop it.
 *
 * @param instructions the program; 1 to 4,096 instructions when it is attached. Empty only as the
 *     answer to a question, where it means that no filter is attached.
 * @see <a href="https://docs.kernel.org/networking/filter.html">Linux Socket Filtering</a>
 */
public record SocketFilter(List<Instruction> instructions) {
    /** BPF_MAXINSNS: the most instructions a program can have. */
    public static final int MAX_INSTRUCTIONS = 4_096;

    /**
     * One instruction: C's {@code struct sock_filter}.
     *
     * @param code the operation, 0 to 65,535
     * @param jumpTrue how many instructions to skip if the condition holds, 0 to 255
     * @param jumpFalse how many instructions to skip if it does not, 0 to 255
     * @param k the operand, C's unsigned 32 bits
     */
    public record Instruction(int code, int jumpTrue, int jumpFalse, int k) {
        /**
         * Checks the ranges.
         *
         * @throws IllegalArgumentException if the code or a jump is out of range
         */
        public Instruction {
            OptionCodec.inRange(code, 0, 0xffff, "");
            OptionCodec.inRange(jumpTrue, 0, 0xff, "");
            OptionCodec.inRange(jumpFalse, 0, 0xff, "");
        }
    }

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if there are more than {@link #MAX_INSTRUCTIONS}
     */
    public SocketFilter {
        instructions = List.copyOf(instructions);
        OptionCodec.inRange(instructions.size(), 0, MAX_INSTRUCTIONS, "instructions");
    }

    /**
     * A program that keeps the first bytes of every packet.
     *
     * @param bytes how many bytes to keep at most; 0 drops every packet
     * @return a program of one instruction
     */
    public static SocketFilter keep(int bytes) {
        return new SocketFilter(List.of(new Instruction(BPF_RET | BPF_K, 0, 0, bytes)));
    }

    /**
     * Reads what {@code tcpdump -ddd} prints: the number of instructions, then for each its code,
     * its two jumps and its operand, in decimal. Line ends, commas and blanks all separate, so that
     * the form of iptables' bytecode match is understood too.
     *
     * @param text the program
     * @return the program
     * @throws IllegalArgumentException if the text is no such program
     */
    public static SocketFilter parse(String text) {
        String[] words = text.strip().split("[\\s,]+");
        try {
            int count = Integer.parseInt(words[0]);
            if (count < 1 || count > MAX_INSTRUCTIONS || words.length != 1 + 4 * count) {
                throw new IllegalArgumentException(
                        "a count between 1 and "
                                + MAX_INSTRUCTIONS
                                + " and four numbers for each instruction, not "
                                + words.length
                                + " numbers of which the first is "
                                + count);
            }
            List<Instruction> instructions = new ArrayList<>(count);
            for (int i = 1; i < words.length; i += 4) {
                instructions.add(
                        new Instruction(
                                Integer.parseInt(words[i]),
                                Integer.parseInt(words[i + 1]),
                                Integer.parseInt(words[i + 2]),
                                Integer.parseUnsignedInt(words[i + 3])));
            }
            return new SocketFilter(instructions);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a filter program: " + e.getMessage(), e);
        }
    }

    private static final int BPF_RET = 0x06;
    private static final int BPF_K = 0x00;

    @CStruct("struct sock_fprog")
    static final class Program {
        static final int SIZEOF = 16;
        static final int len = 0;
        static final int filter = 8;

        private Program() {}
    }

    @CStruct("struct sock_filter")
    static final class Layout {
        static final int SIZEOF = 8;
        static final int code = 0;
        static final int jt = 2;
        static final int jf = 3;
        static final int k = 4;

        private Layout() {}
    }

    /**
     * Setting takes a structure that points to the instructions. Reading gives the instructions
     * themselves, and their number where other options give a length in bytes.
     */
    static final OptionCodec<SocketFilter> CODEC =
            OptionCodec.of(
                            SocketFilter.class,
                            MAX_INSTRUCTIONS * Layout.SIZEOF,
                            "instructions",
                            "1 to " + MAX_INSTRUCTIONS,
                            SocketFilter::program,
                            SocketFilter::decode)
                    .pointing(Program.filter, SocketFilter::encoded);

    private byte[] program() {
        OptionCodec.inRange(instructions.size(), 1, MAX_INSTRUCTIONS, "instructions");
        byte[] program = new byte[Program.SIZEOF];
        OptionCodec.nativeOrder(program).putShort(Program.len, (short) instructions.size());
        return program;
    }

    private byte[] encoded() {
        byte[] encoded = new byte[instructions.size() * Layout.SIZEOF];
        ByteBuffer out = OptionCodec.nativeOrder(encoded);
        for (Instruction each : instructions) {
            out.putShort((short) each.code)
                    .put((byte) each.jumpTrue)
                    .put((byte) each.jumpFalse)
                    .putInt(each.k);
        }
        return encoded;
    }

    private static SocketFilter decode(byte[] bytes, int count) {
        int bounded = Math.min(count, bytes.length / Layout.SIZEOF);
        ByteBuffer in = OptionCodec.nativeOrder(bytes);
        List<Instruction> instructions = new ArrayList<>(bounded);
        for (int i = 0; i < bounded; i++) {
            instructions.add(
                    new Instruction(
                            in.getShort() & 0xffff, in.get() & 0xff, in.get() & 0xff, in.getInt()));
        }
        return new SocketFilter(instructions);
    }
}
