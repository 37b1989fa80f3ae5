// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A service that notes what it is told, and starts and stops when the test says so. */
final class ServicePart implements Service {
    private final String name;
    private final List<String> notes;
    @Nullable ServiceContext context;
    CompletableFuture<?> starting = CompletableFuture.completedFuture(null);
    CompletableFuture<?> stopping = CompletableFuture.completedFuture(null);
    @Nullable Exception refusal;

    ServicePart(String name, List<String> notes) {
        this.name = name;
        this.notes = notes;
    }

    ServicePart slowToStart() {
        starting = new CompletableFuture<>();
        return this;
    }

    ServicePart slowToStop() {
        stopping = new CompletableFuture<>();
        return this;
    }

    ServicePart refusing(Exception why) {
        refusal = why;
        return this;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public CompletionStage<?> start(ServiceContext at) throws Exception {
        notes.add("+" + name);
        context = at;
        if (refusal != null) {
            throw refusal;
        }
        return starting;
    }

    @Override
    public CompletionStage<?> stop(Duration grace) {
        notes.add("-" + name + grace.toMillis());
        return stopping;
    }
}
