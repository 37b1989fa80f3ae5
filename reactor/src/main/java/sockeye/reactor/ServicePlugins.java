// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The {@linkplain ServicePlugin plug-ins} that were found, by name. One that cannot be loaded is
 * told by {@link #problems()}, and hides none of the others.
 *
 * <pre>{@code
 * ServiceProgram.run(ServicePlugins.load().make("echo", Map.of("at", "tcp:7007")));
 * }</pre>
 *
 * <p>It does not change any more; for any thread.
 */
public final class ServicePlugins {
    /** So many that cannot be loaded are told of. */
    private static final int MOST_PROBLEMS = 100;

    /**
     * A plug-in that was found.
     *
     * @param name what it is asked for by
     * @param help what its services do
     * @param options what can be said to it
     * @param plugin itself
     */
    public record Found(
            String name, String help, List<ServiceOption<?>> options, ServicePlugin plugin) {
        /** Keeps the list as it is now. */
        public Found {
            options = List.copyOf(options);
        }
    }

    private final Map<String, Found> found = new TreeMap<>();
    private final List<Throwable> problems = new ArrayList<>();

    private ServicePlugins(ServiceLoader<ServicePlugin> loader) {
        // Each step may fail, and the next may not.
        Iterator<ServiceLoader.Provider<ServicePlugin>> each = loader.stream().iterator();
        while (problems.size() < MOST_PROBLEMS) {
            try {
                if (!each.hasNext()) {
                    break;
                }
                add(each.next());
            } catch (ServiceConfigurationError | RuntimeException | LinkageError broken) {
                problems.add(broken);
            }
        }
    }

    /** Those that the calling thread's class loader knows, and those of modules. */
    public static ServicePlugins load() {
        return new ServicePlugins(ServiceLoader.load(ServicePlugin.class));
    }

    /** Those that a class loader knows, and its parents. */
    public static ServicePlugins load(ClassLoader loader) {
        return new ServicePlugins(ServiceLoader.load(ServicePlugin.class, loader));
    }

    /** Those of the modules of a layer, and its parents: plug-ins that are loaded later. */
    public static ServicePlugins load(ModuleLayer layer) {
        return new ServicePlugins(ServiceLoader.load(layer, ServicePlugin.class));
    }

    private void add(ServiceLoader.Provider<ServicePlugin> provider) {
        String type = provider.type().getName();
        ServicePlugin plugin;
        Found mine;
        try {
            plugin = provider.get();
            String name = plugin.name();
            if (name.isBlank() || name.chars().anyMatch(Character::isWhitespace)) {
                throw new IllegalArgumentException("a name of a plug-in: '" + name + "'");
            }
            mine =
                    new Found(
                            name,
                            Objects.requireNonNull(plugin.help(), "a line of help"),
                            plugin.options(),
                            plugin);
        } catch (ServiceConfigurationError broken) {
            throw broken; // which says all
        } catch (Exception | LinkageError broken) {
            throw new ServiceConfigurationError(type + ": " + broken, broken);
        }
        Found other = found.putIfAbsent(mine.name(), mine);
        if (other != null) {
            throw new ServiceConfigurationError(
                    "%s: the name %s is taken by %s"
                            .formatted(type, mine.name(), other.plugin().getClass().getName()));
        }
    }

    /** Those that can be asked for, in the order of their names. */
    public Collection<Found> all() {
        return List.copyOf(found.values());
    }

    /** Why others cannot. */
    public List<Throwable> problems() {
        return List.copyOf(problems);
    }

    /**
     * The one of a name.
     *
     * @throws NoSuchElementException whose message says which there are, and which cannot be loaded
     */
    public Found find(String name) {
        Found mine = found.get(name);
        if (mine == null) {
            throw new NoSuchElementException(unknown(name));
        }
        return mine;
    }

    private String unknown(String name) {
        String there =
                found.isEmpty()
                        ? "there is none"
                        : "there are " + String.join(", ", found.keySet());
        String others =
                problems.stream()
                        .map(each -> Objects.requireNonNullElse(each.getMessage(), each.toString()))
                        .collect(Collectors.joining("; "));
        return "no plug-in "
                + name
                + "; "
                + there
                + (others.isEmpty() ? "" : "; not to be loaded: " + others);
    }

    /**
     * Has a service made.
     *
     * @param name of the plug-in
     * @param given its options, by name
     * @throws NoSuchElementException as {@link #find} does
     * @throws ServiceOptionException that names each option that is unknown, missing or wrong
     * @throws ServiceFailure with the plug-in's name and what it has thrown
     */
    public Service make(String name, Map<String, String> given) throws ServiceFailure {
        Found mine = find(name);
        ServiceOptions options = ServiceOptions.read(mine.options(), given);
        @Nullable Service made;
        try {
            made = mine.plugin().make(options);
        } catch (ServiceOptionException wrong) {
            throw wrong;
        } catch (Exception | LinkageError thrown) {
            throw new ServiceFailure(name, thrown);
        }
        if (made == null) {
            throw new ServiceFailure(name, new NullPointerException("it made no service"));
        }
        return made;
    }
}
