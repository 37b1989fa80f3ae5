// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;

/**
 * Whom a socket of datagrams is to be connected to, one after the other. What is with the kernel to
 * be sent has to be out before: it has no name of its own, and would go to the next.
 */
final class Association {
    private record Change(@Nullable Endpoint peer, CompletableFuture<Void> result) {}

    private final Channel channel;
    private final MessageQueue output;
    private final ArrayDeque<Change> changes = new ArrayDeque<>();

    Association(Channel channel, MessageQueue output) {
        this.channel = channel;
        this.output = output;
    }

    /**
     * One more change; what was sent before is for who was there before.
     *
     * @param peer null for nobody
     */
    CompletableFuture<Void> change(@Nullable Endpoint peer) {
        if (peer != null) {
            channel.requireOfMine(peer);
        }
        Endpoint before = isToChange() ? changes.getLast().peer : channel.peer();
        if (before != null) {
            output.address(channel, before);
        }
        var result = new CompletableFuture<Void>();
        changes.add(new Change(peer, result));
        return result;
    }

    boolean isToChange() {
        return !changes.isEmpty();
    }

    /** Does what is to be done; nothing is being sent. */
    void carryOut() {
        Change each;
        while ((each = changes.poll()) != null) {
            try {
                channel.associate(each.peer);
            } catch (IOException | RuntimeException refused) {
                each.result.completeExceptionally(refused);
                continue;
            }
            each.result.complete(null);
        }
    }

    /** The socket is closed. */
    void giveUp(Throwable why) {
        Change each;
        while ((each = changes.poll()) != null) {
            each.result.completeExceptionally(why);
        }
    }
}
