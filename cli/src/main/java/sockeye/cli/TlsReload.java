// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.ByteStream;
import sockeye.Deadline;
import sockeye.FileWatch;
import sockeye.reactor.Layer;
import sockeye.reactor.Tls;
import sockeye.server.ServerConnection;
import sockeye.server.TlsLayer;
import sockeye.wire.TlsContext;
import sockeye.wire.TlsSettings;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/** TLS of files that are read again when they change; connections go on with what they have. */
final class TlsReload implements Reloading {
    private static final int CHANGES =
            FileWatch.IN_CLOSE_WRITE
                    | FileWatch.IN_MOVED_TO
                    | FileWatch.IN_CREATE
                    | FileWatch.IN_DELETE;

    /** A certificate and its key are two files: what changes them is waited for. */
    private static final Duration SETTLE = Duration.ofMillis(200);

    /** In a directory that is never quiet. */
    private static final Duration LONGEST = Duration.ofSeconds(2);

    private final TlsFiles files;
    private final TlsSettings base;
    private final boolean strict;
    private final TlsContext context;
    private final TlsLayer layer;
    private @Nullable FileWatch watch;

    TlsReload(TlsFiles files, TlsSettings base, boolean strict) throws IOException {
        this.files = files;
        this.base = base;
        this.strict = strict;
        this.context = TlsContext.of(files.load(base, strict));
        this.layer = TlsLayer.of(context);
    }

    @Override
    public ByteStream establish(ByteStream below, ServerConnection connection) throws IOException {
        return layer.establish(below, connection);
    }

    @Override
    public Layer onReactor() {
        return Tls.server(context).withHandshake(Duration.ZERO); // a host has a limit for all
    }

    @Override
    public void watch(Consumer<String> say) throws IOException {
        if (watch != null) {
            return;
        }
        FileWatch opened = FileWatch.open();
        watch = opened;
        for (Path directory : files.directories()) {
            opened.watch(directory, CHANGES);
        }
        Thread.ofVirtual().name("certificates").start(() -> follow(opened, say));
    }

    private void follow(FileWatch events, Consumer<String> say) {
        try {
            while (true) {
                events.await(Deadline.NONE);
                settle(events);
                for (Path directory : files.directories()) {
                    events.watch(directory, CHANGES); // a link may lead elsewhere now
                }
                reload(say);
            }
        } catch (ClosedChannelException over) {
            // The server is closed.
        } catch (IOException lost) {
            say.accept("certificates are not watched any more: " + TlsFiles.why(lost));
        }
    }

    private static void settle(FileWatch events) throws IOException {
        Deadline enough = Deadline.after(LONGEST);
        try {
            while (!enough.isPassed()) {
                events.await(Deadline.after(SETTLE));
            }
        } catch (SocketTimeoutException quiet) {
            // Now they belong together.
        }
    }

    private void reload(Consumer<String> say) {
        TlsSettings before = context.settings();
        try {
            TlsSettings now = files.load(base, strict);
            if (!now.equals(before)) {
                context.replace(now);
                say.accept("certificates read anew: " + files.certificates());
            }
        } catch (IOException unusable) {
            say.accept("certificates stay as they were: " + TlsFiles.why(unusable));
        }
    }

    @Override
    public void close() throws IOException {
        if (watch != null) {
            watch.close();
        }
    }
}
