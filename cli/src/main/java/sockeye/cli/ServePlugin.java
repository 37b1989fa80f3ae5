// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import sockeye.EndpointSpec;
import sockeye.reactor.Service;
import sockeye.reactor.ServiceOption;
import sockeye.reactor.ServiceOptionException;
import sockeye.reactor.ServiceOptions;
import sockeye.reactor.ServicePlugin;

import java.io.IOException;
import java.util.List;

/** The services of the command {@code serve}, for the command {@code run}. */
public final class ServePlugin implements ServicePlugin {
    private static final ServiceOption<EndpointSpec> AT =
            ServiceOption.endpoint("at", "where: what is a SPEC of the command serve");
    private static final ServiceOption<String> SERVICE =
            ServiceOption.oneOf("service", "which service", Offer.NAMES).withDefault(Offer.USUAL);

    /** For {@link java.util.ServiceLoader}. */
    public ServePlugin() {}

    @Override
    public String name() {
        return "serve";
    }

    @Override
    public String help() {
        return "serves strangers: " + String.join(", ", Offer.NAMES);
    }

    @Override
    public List<ServiceOption<?>> options() {
        return List.of(AT, SERVICE);
    }

    @Override
    public Service make(ServiceOptions options) throws IOException {
        String service = options.get(SERVICE);
        Site site;
        try {
            site = new Site(options.get(AT), -1, service, Guard.USUAL);
        } catch (IllegalArgumentException wrong) {
            throw new ServiceOptionException(AT, Complaint.of(wrong));
        }
        return new SiteService(site, Offer.of(service, Offer.Settings.USUAL));
    }
}
