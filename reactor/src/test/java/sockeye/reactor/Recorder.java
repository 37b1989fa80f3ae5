// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A protocol that notes what it is told, and fails if one call comes inside another. */
class Recorder implements Protocol {
    private static int depth;

    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    final List<String> calls = new ArrayList<>();
    @Nullable Transport transport;
    @Nullable Throwable why;
    boolean ended;
    boolean closed;

    static void enter() {
        if (++depth != 1) {
            throw new AssertionError("a callback inside a callback");
        }
    }

    static void leave() {
        depth--;
    }

    @Override
    public final void opened(Transport opened) throws Exception {
        enter();
        try {
            transport = opened;
            calls.add("opened");
            onOpened(opened);
        } finally {
            leave();
        }
    }

    @Override
    public final void received(Transport from, ByteBuffer received) throws Exception {
        enter();
        try {
            if (calls.isEmpty() || !calls.getLast().equals("received")) {
                calls.add("received");
            }
            onReceived(from, received);
        } finally {
            leave();
        }
    }

    @Override
    public final void ended(Transport from) throws Exception {
        enter();
        try {
            calls.add("ended");
            ended = true;
            onEnded(from);
        } finally {
            leave();
        }
    }

    @Override
    public final void writable(Transport from, boolean writable) throws Exception {
        enter();
        try {
            calls.add(writable ? "writable" : "full");
            onWritable(from, writable);
        } finally {
            leave();
        }
    }

    @Override
    public final void closed(Transport from, @Nullable Throwable reason) throws Exception {
        enter();
        try {
            calls.add("closed");
            closed = true;
            why = reason;
            onClosed(from);
        } finally {
            leave();
        }
    }

    void onOpened(Transport opened) throws Exception {}

    void onReceived(Transport from, ByteBuffer received) throws Exception {
        byte[] copy = new byte[received.remaining()];
        received.get(copy);
        bytes.writeBytes(copy);
    }

    void onEnded(Transport from) throws Exception {
        from.close();
    }

    void onWritable(Transport from, boolean writable) throws Exception {}

    void onClosed(Transport from) throws Exception {}
}
