// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.CStruct;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Messages of the connector that tell of processes. */
final class ProcessEventDecoder {
    static final int CN_IDX_PROC = 1;
    static final int CN_VAL_PROC = 1;

    private static final int PROC_EVENT_NONE = 0;
    private static final int PROC_EVENT_FORK = 0x1;
    private static final int PROC_EVENT_EXEC = 0x2;
    private static final int PROC_EVENT_UID = 0x4;
    private static final int PROC_EVENT_GID = 0x40;
    private static final int PROC_EVENT_SID = 0x80;
    private static final int PROC_EVENT_PTRACE = 0x100;
    private static final int PROC_EVENT_COMM = 0x200;
    private static final int PROC_EVENT_COREDUMP = 0x4000_0000;
    private static final int PROC_EVENT_EXIT = 0x8000_0000;

    @CStruct("struct cn_msg")
    static final class CnMsg {
        static final int SIZEOF = 20;
        static final int id_idx = 0;
        static final int id_val = 4;
        static final int seq = 8;
        static final int len = 16;

        private CnMsg() {}
    }

    /** Behind the first 16 bytes each kind of event has members of its own. */
    @CStruct("struct proc_event")
    private static final class Layout {
        static final int what = 0;
        static final int cpu = 4;
        static final int timestamp_ns = 8;
        static final int event_data = 16;
        static final int event_data_ack_err = 16;
        static final int event_data_fork_child_pid = 24;
        static final int event_data_fork_child_tgid = 28;
        static final int event_data_id_r_ruid = 24;
        static final int event_data_id_e_euid = 28;
        static final int event_data_ptrace_tracer_pid = 24;
        static final int event_data_ptrace_tracer_tgid = 28;
        static final int event_data_comm_comm = 24;
        static final int event_data_coredump_parent_pid = 24;
        static final int event_data_coredump_parent_tgid = 28;
        static final int event_data_exit_exit_code = 24;
        static final int event_data_exit_exit_signal = 28;
        static final int event_data_exit_parent_pid = 32;
        static final int event_data_exit_parent_tgid = 36;

        private Layout() {}
    }

    private static final int COMM_BYTES = 16;

    private ProcessEventDecoder() {}

    /** What a message tells: an event, or the answer to a request to listen. */
    record Decoded(@Nullable ProcessReport report, int sequence, int errno) {}

    /** Null for a message that is not of processes. */
    static @Nullable Decoded decode(PayloadReader payload) {
        StructReader header = payload.struct(CnMsg.SIZEOF);
        StructReader event = payload.rest();
        if (header.s32(CnMsg.id_idx) != CN_IDX_PROC || header.s32(CnMsg.id_val) != CN_VAL_PROC) {
            return null;
        }
        int what = event.s32(Layout.what);
        int sequence = header.s32(CnMsg.seq);
        if (what == PROC_EVENT_NONE) {
            return new Decoded(null, sequence, event.s32(Layout.event_data_ack_err));
        }
        ProcessReport report =
                new ProcessReport(
                        event(what, event),
                        event.s32(Layout.cpu),
                        Duration.ofNanos(event.s64(Layout.timestamp_ns)));
        return new Decoded(report, sequence, 0);
    }

    private static ProcessEvent event(int what, StructReader event) {
        // Nearly all begin with who it happened to.
        int thread = event.s32(Layout.event_data);
        int process = event.s32(Layout.event_data + Integer.BYTES);
        return switch (what) {
            case PROC_EVENT_FORK ->
                    new ProcessEvent.Fork(
                            event.s32(Layout.event_data_fork_child_pid),
                            event.s32(Layout.event_data_fork_child_tgid),
                            thread,
                            process);
            case PROC_EVENT_EXEC -> new ProcessEvent.Exec(thread, process);
            case PROC_EVENT_UID ->
                    new ProcessEvent.User(
                            thread,
                            process,
                            event.s32(Layout.event_data_id_r_ruid),
                            event.s32(Layout.event_data_id_e_euid));
            case PROC_EVENT_GID ->
                    new ProcessEvent.Group(
                            thread,
                            process,
                            event.s32(Layout.event_data_id_r_ruid),
                            event.s32(Layout.event_data_id_e_euid));
            case PROC_EVENT_SID -> new ProcessEvent.Session(thread, process);
            case PROC_EVENT_PTRACE ->
                    new ProcessEvent.Trace(
                            thread,
                            process,
                            event.s32(Layout.event_data_ptrace_tracer_pid),
                            event.s32(Layout.event_data_ptrace_tracer_tgid));
            case PROC_EVENT_COMM -> new ProcessEvent.Name(thread, process, name(event));
            case PROC_EVENT_COREDUMP ->
                    new ProcessEvent.CoreDump(
                            thread,
                            process,
                            event.s32(Layout.event_data_coredump_parent_pid),
                            event.s32(Layout.event_data_coredump_parent_tgid));
            case PROC_EVENT_EXIT ->
                    new ProcessEvent.Exit(
                            thread,
                            process,
                            event.s32(Layout.event_data_exit_exit_code),
                            event.s32(Layout.event_data_exit_exit_signal),
                            event.s32(Layout.event_data_exit_parent_pid),
                            event.s32(Layout.event_data_exit_parent_tgid));
            default -> new ProcessEvent.Other(thread, process, what);
        };
    }

    private static String name(StructReader event) {
        byte[] bytes = event.bytes(Layout.event_data_comm_comm, COMM_BYTES);
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }
}
