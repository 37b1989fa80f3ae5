// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.internal.kernel.CStruct;
import sockeye.netlink.DiagFilter.Side;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Makes a program of a {@link DiagFilter}. An instruction that holds goes on with the next one,
 * else it jumps: always forward, to the beginning of another, or 4 bytes beyond the end, which
 * refuses the socket.
 */
final class FilterCompiler {
    private static final int INET_DIAG_BC_JMP = 1;
    private static final int INET_DIAG_BC_S_GE = 2;
    private static final int INET_DIAG_BC_S_LE = 3;
    private static final int INET_DIAG_BC_D_GE = 4;
    private static final int INET_DIAG_BC_D_LE = 5;
    private static final int INET_DIAG_BC_AUTO = 6;
    private static final int INET_DIAG_BC_S_COND = 7;
    private static final int INET_DIAG_BC_D_COND = 8;
    private static final int INET_DIAG_BC_DEV_COND = 9;
    private static final int INET_DIAG_BC_MARK_COND = 10;
    private static final int INET_DIAG_BC_CGROUP_COND = 13;

    private static final int ANY_PORT = -1;
    private static final int MOST_PORT = 0xFFFF;

    /** A jump has 16 bits, and the farthest goes 4 bytes beyond the end. */
    private static final int MOST = 65_528;

    @CStruct("struct inet_diag_bc_op")
    private static final class BcOp {
        static final int SIZEOF = 4;
        static final int code = 0;
        static final int yes = 1;
        static final int no = 2;

        private BcOp() {}
    }

    @CStruct("struct inet_diag_hostcond")
    private static final class Hostcond {
        static final int SIZEOF = 8;
        static final int family = 0;
        static final int prefix_len = 1;
        static final int port = 4;
        static final int addr = 8;

        private Hostcond() {}
    }

    @CStruct("struct inet_diag_markcond")
    private static final class Markcond {
        static final int SIZEOF = 8;
        static final int mark = 0;
        static final int mask = 4;

        private Markcond() {}
    }

    /** A place that jumps go to, and where they come from. */
    private static final class Label {
        private final List<Integer> jumps = new ArrayList<>();
    }

    /** Replaced as it grows, by {@link #op}: what writes an operand reads it afterwards. */
    private byte[] code = new byte[256];

    private int size;

    private FilterCompiler() {}

    static byte[] compile(DiagFilter filter) {
        var compiler = new FilterCompiler();
        var refused = new Label();
        compiler.emit(filter, refused, 0);
        if (compiler.size == 0) {
            // The kernel wants a program; this one lets everything through.
            compiler.jump(new Label());
            Wire.put16(compiler.code, BcOp.no, BcOp.SIZEOF);
        }
        compiler.land(refused, compiler.size + BcOp.SIZEOF);
        return Arrays.copyOf(compiler.code, compiler.size);
    }

    /** Goes on behind it if the condition holds, else at the label. */
    private void emit(DiagFilter filter, Label otherwise, int depth) {
        if (depth > DiagFilter.DEEPEST) {
            throw new IllegalArgumentException(
                    "conditions nested more than %d deep".formatted(DiagFilter.DEEPEST));
        }
        switch (filter) {
            case DiagFilter.All(var conditions) ->
                    conditions.forEach(each -> emit(each, otherwise, depth + 1));
            case DiagFilter.Any(var conditions) -> any(conditions, otherwise, depth);
            case DiagFilter.Not(var condition) -> {
                var not = new Label();
                emit(condition, not, depth + 1);
                jump(otherwise);
                land(not, size);
            }
            case DiagFilter.Ports(var side, int from, int to) -> {
                boolean local = side == Side.LOCAL;
                if (from > 0 || to == MOST_PORT) {
                    port(local ? INET_DIAG_BC_S_GE : INET_DIAG_BC_D_GE, from, otherwise);
                }
                if (to < MOST_PORT) {
                    port(local ? INET_DIAG_BC_S_LE : INET_DIAG_BC_D_LE, to, otherwise);
                }
            }
            case DiagFilter.Network(var side, var prefix) -> network(side, prefix, otherwise);
            case DiagFilter.OnLink(int index) -> {
                int at = op(INET_DIAG_BC_DEV_COND, Integer.BYTES, otherwise);
                Wire.put32(code, at, index);
            }
            case DiagFilter.Mark(long value, long mask) -> {
                int at = op(INET_DIAG_BC_MARK_COND, Markcond.SIZEOF, otherwise);
                Wire.put32(code, at + Markcond.mark, (int) value);
                Wire.put32(code, at + Markcond.mask, (int) mask);
            }
            case DiagFilter.Cgroup(long id) -> {
                int at = op(INET_DIAG_BC_CGROUP_COND, Long.BYTES, otherwise);
                Wire.put64(code, at, id);
            }
            case DiagFilter.AutoBound() -> op(INET_DIAG_BC_AUTO, 0, otherwise);
        }
    }

    private void any(List<DiagFilter> conditions, Label otherwise, int depth) {
        if (conditions.isEmpty()) {
            jump(otherwise);
            return;
        }
        var done = new Label();
        for (DiagFilter each : conditions.subList(0, conditions.size() - 1)) {
            var next = new Label();
            emit(each, next, depth + 1);
            jump(done);
            land(next, size);
        }
        emit(conditions.getLast(), otherwise, depth + 1);
        land(done, size);
    }

    /** The port to compare with lies where the next instruction has its jump. */
    private void port(int instruction, int port, Label otherwise) {
        int at = op(instruction, BcOp.SIZEOF, otherwise);
        Wire.put16(code, at + BcOp.no, port);
    }

    private void network(Side side, IpPrefix prefix, Label otherwise) {
        byte[] address = prefix.address().toBytes();
        int instruction = side == Side.LOCAL ? INET_DIAG_BC_S_COND : INET_DIAG_BC_D_COND;
        int at = op(instruction, Hostcond.SIZEOF + address.length, otherwise);
        code[at + Hostcond.family] = (byte) prefix.address().family();
        code[at + Hostcond.prefix_len] = (byte) prefix.length();
        Wire.put32(code, at + Hostcond.port, ANY_PORT);
        System.arraycopy(address, 0, code, at + Hostcond.addr, address.length);
    }

    private void jump(Label to) {
        op(INET_DIAG_BC_JMP, 0, to);
    }

    /** An instruction; returns where its operand is, of so many bytes. */
    private int op(int instruction, int operand, Label otherwise) {
        int at = size;
        int length = BcOp.SIZEOF + operand;
        if (length > MOST - at) {
            throw new IllegalArgumentException("conditions of more than " + MOST + " bytes");
        }
        size += length;
        if (size > code.length) {
            code = Arrays.copyOf(code, Math.max(size, code.length * 2));
        }
        code[at + BcOp.code] = (byte) instruction;
        code[at + BcOp.yes] = (byte) length;
        otherwise.jumps.add(at);
        return at + BcOp.SIZEOF;
    }

    private void land(Label label, int target) {
        for (int from : label.jumps) {
            Wire.put16(code, from + BcOp.no, target - from);
        }
    }
}
