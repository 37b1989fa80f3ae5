// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Ancillary;
import sockeye.HasDescriptor;
import sockeye.PassedDescriptor;
import sockeye.internal.ControlMessages;
import sockeye.internal.kernel.NativeMessage;
import sockeye.internal.kernel.NativeMessages;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Descriptors beside the bytes of a chunk: ours until they are taken, or with the peer. */
final class Passing {
    private static final MemorySegment NONE = MemorySegment.NULL;
    private static final int MSG_CTRUNC = 8;

    private final List<PassedDescriptor> descriptors;

    /** As sendmsg(2) wants them. */
    private final MemorySegment control;

    /** Whether there were more. */
    private final boolean cut;

    private Passing(List<PassedDescriptor> descriptors, MemorySegment control, boolean cut) {
        this.descriptors = descriptors;
        this.control = control;
        this.cut = cut;
    }

    /** Duplicates, to be sent. */
    static Passing of(HasDescriptor... sources) throws IOException {
        var copies = new ArrayList<PassedDescriptor>(sources.length);
        boolean done = false;
        try {
            for (HasDescriptor each : sources) {
                copies.add(PassedDescriptor.duplicate(each));
            }
            var rights = List.of(new Ancillary.Rights(copies));
            try (var outgoing = ControlMessages.Outgoing.of(rights, Integer.MAX_VALUE)) {
                MemorySegment control = Arena.ofAuto().allocate(outgoing.size(), 8);
                outgoing.encode(control);
                done = true;
                return new Passing(copies, control, false);
            }
        } finally {
            if (!done) {
                closeAll(copies);
            }
        }
    }

    /** What recvmsg(2) has brought; null if it has not. */
    static @Nullable Passing received(MemorySegment area, long length) {
        var came = new ArrayList<PassedDescriptor>();
        for (Ancillary each : ControlMessages.decode(area, length).ancillary()) {
            if (each instanceof Ancillary.Rights rights) {
                came.addAll(rights.descriptors());
            }
        }
        return came.isEmpty() ? null : new Passing(came, NONE, false);
    }

    /** The same with the flags that came, which tell whether there were more. */
    static @Nullable Passing received(MemorySegment area, long length, int flags) {
        Passing came = received(area, length);
        if ((flags & MSG_CTRUNC) == 0) {
            return came;
        }
        return new Passing(came == null ? List.of() : came.descriptors, NONE, true);
    }

    /** Whether there were more than these. */
    boolean isCut() {
        return cut;
    }

    /** Has them go with a message. */
    void load(NativeMessage header) {
        header.control(control.address(), (int) control.byteSize());
    }

    /** The same with the last of several. */
    void load(NativeMessages headers) {
        headers.control(control.address(), (int) control.byteSize());
    }

    /** Whose they are from now on. */
    List<PassedDescriptor> take() {
        return descriptors;
    }

    void close() {
        closeAll(descriptors);
    }

    private static void closeAll(List<PassedDescriptor> all) {
        for (PassedDescriptor each : all) {
            try {
                each.close();
            } catch (IOException closedNevertheless) {
                // The number is gone.
            }
        }
    }
}
