// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import java.util.List;

/**
 * Makes services for programs that do not know of it: found by {@link java.util.ServiceLoader}, and
 * asked for by its name ({@link ServicePlugins}).
 *
 * <pre>{@code
 * public final class EchoPlugin implements ServicePlugin {
 *     private static final ServiceOption<EndpointSpec> AT =
 *             ServiceOption.endpoint("at", "where it listens").withDefault("tcp:7");
 *
 *     public String name() { return "echo"; }
 *     public String help() { return "says what it hears"; }
 *     public List<ServiceOption<?>> options() { return List.of(AT); }
 *     public Service make(ServiceOptions options) {
 *         return Service.streams("echo", options.get(AT), Protocol.serving(new EchoService()));
 *     }
 * }
 * }</pre>
 *
 * <p>A module says {@code provides sockeye.reactor.ServicePlugin with EchoPlugin}; a jar on the
 * class path names the class in {@code META-INF/services/sockeye.reactor.ServicePlugin}.
 */
public interface ServicePlugin {
    /** What it is asked for by: not empty, without a blank. Always the same. */
    String name();

    /** What its services do, in a line. */
    String help();

    /** Its options, each time the same objects; none unless it says so. */
    default List<ServiceOption<?>> options() {
        return List.of();
    }

    /**
     * Makes a service, which is started later, if at all: nothing is opened here.
     *
     * @param options all that was declared
     * @throws ServiceOptionException if they do not go together
     * @throws Exception if it cannot be made
     */
    Service make(ServiceOptions options) throws Exception;
}
