// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.ProcessSignal;
import sockeye.reactor.DriverKind;
import sockeye.reactor.GroupSettings;
import sockeye.reactor.ListeningService;
import sockeye.reactor.ProgramReport;
import sockeye.reactor.ProgramSettings;
import sockeye.reactor.ReactorSettings;
import sockeye.reactor.ServiceFailure;
import sockeye.reactor.ServiceOption;
import sockeye.reactor.ServicePlugins;
import sockeye.reactor.ServiceProgram;
import sockeye.reactor.ServiceReport;
import sockeye.reactor.ServiceState;
import sockeye.reactor.ServiceStatus;
import sockeye.reactor.ServiceTree;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * The command {@code run}.
 *
 * @param words a file of services, or a plug-in and its options
 * @param lists whether to tell what plug-ins there are, and run nothing
 * @param drain how long to finish what is in flight
 * @param driver by what the reactor asks the kernel; null for what is best there
 * @param endsOnFailure whether it ends when a service fails by itself
 * @param quiet whether to keep to oneself what starts and stops
 */
record Run(
        List<String> words,
        boolean lists,
        Duration drain,
        @Nullable DriverKind driver,
        boolean endsOnFailure,
        boolean quiet) {
    private static final String FILE = ".conf";

    /** Runs until it is told to stop. Returns the exit code. */
    int run(Stdio stdio) throws IOException {
        ServicePlugins plugins = ServicePlugins.load();
        plugins.problems().forEach(each -> stdio.note("a plug-in that cannot be loaded: " + each));
        if (lists) {
            list(stdio, plugins);
            return 0;
        }
        if (words.isEmpty()) {
            throw new IllegalArgumentException(
                    "run: what? a FILE%s of services, or a plug-in; --list tells which there are"
                            .formatted(FILE));
        }
        ServiceTree program = program(plugins);
        try (var announcer = new Announcer(stdio.out())) {
            Consumer<String> say = quiet ? line -> {} : announcer::say;
            ProgramReport report = ServiceProgram.run(program, settings(announcer, say));
            tell(report, say);
            return code(report);
        }
    }

    private ServiceTree program(ServicePlugins plugins) throws IOException {
        String first = words.getFirst();
        if (!first.endsWith(FILE) && first.indexOf('/') < 0) {
            return ProgramFile.of(words, plugins);
        }
        if (words.size() > 1) {
            throw new IllegalArgumentException("run: one argument too many: " + words.get(1));
        }
        return ProgramFile.read(Path.of(first), plugins);
    }

    private static void list(Stdio stdio, ServicePlugins plugins) {
        var text = new StringBuilder();
        for (var each : plugins.all()) {
            text.append("%-10s %s%n".formatted(each.name(), each.help()));
            for (ServiceOption<?> option : each.options()) {
                text.append("  %-18s %s%n".formatted(option + isNeeded(option), option.help()));
            }
        }
        stdio.print(text.toString());
    }

    private static String isNeeded(ServiceOption<?> option) {
        return option.byDefault() == null ? "=..." : "";
    }

    private ProgramSettings settings(Announcer announcer, Consumer<String> say) {
        ReactorSettings reactor =
                ReactorSettings.DEFAULT.withFailures(thrown -> {
                    if (!(thrown instanceof ServiceFailure)) { // which the observer is told
                        announcer.say("something has failed: " + thrown);
                    }
                });
        return ProgramSettings.DEFAULT
                .withGrace(drain)
                .withEndsOnFailure(endsOnFailure)
                .withGroup(
                        GroupSettings.DEFAULT
                                .withReactors(1)
                                .withReactor(driver == null ? reactor : reactor.withDriver(driver)))
                .withObserver(status -> changed(status, announcer, say));
    }

    private static void changed(ServiceStatus status, Announcer announcer, Consumer<String> say) {
        boolean whole = status.path().isEmpty();
        switch (status.state()) {
            case ServiceState.Running r -> {
                if (whole) {
                    say.accept("all services run");
                } else {
                    say.accept(status.path() + " runs" + at(status));
                }
            }
            case ServiceState.Stopping s -> {
                if (whole) {
                    say.accept("stopping");
                }
            }
            case ServiceState.Failed(ServiceFailure why) -> {
                if (!whole) {
                    announcer.say(status.path() + " has failed: " + why.getMessage());
                }
            }
            case ServiceState.Starting s -> {}
            case ServiceState.Stopped s -> {}
        }
    }

    private static String at(ServiceStatus status) {
        if (status.service() instanceof ListeningService listening) {
            Endpoint local = listening.local();
            return local == null ? "" : " at " + local;
        }
        return "";
    }

    private static void tell(ProgramReport report, Consumer<String> say) {
        for (ServiceReport each : report.services().services()) {
            var line = new StringBuilder("stopped ").append(each.path());
            int finished = each.connections().finished();
            int cutOff = each.connections().cutOff();
            if (finished + cutOff > 0) {
                line.append(", ").append(Guestbook.count(finished, "connection"));
                line.append(" finished");
            }
            if (cutOff > 0) {
                line.append(", ").append(cutOff).append(" cut off");
            }
            switch (each.outcome()) {
                case IN_ORDER -> {}
                case CUT_OFF -> line.append(", late");
                case LEFT_BEHIND -> line.append(", left behind");
                case FAILED -> line.append(", failed: ").append(each.why());
            }
            say.accept(line.toString());
        }
    }

    private static int code(ProgramReport report) {
        List<ProcessSignal> signals = report.signals();
        if (signals.size() > 1) {
            return 128 + signals.getLast().number();
        }
        return report.failure().isPresent() ? 1 : 0;
    }
}
