// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.EndpointOptions;
import sockeye.EndpointSpec;
import sockeye.EndpointTarget;
import sockeye.server.TlsStream;
import sockeye.wire.TlsClientAuth;
import sockeye.wire.TlsContext;
import sockeye.wire.TlsOffer;
import sockeye.wire.TlsSettings;
import sockeye.wire.TlsTrust;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import javax.net.ssl.SSLException;

/** The options of {@code tls+…}, on either side. */
final class TlsOptions {
    private TlsOptions() {}

    /**
     * A server's: {@code cert key pass ca clients strict} and those of both sides.
     *
     * @throws sockeye.EndpointSyntaxException if one of them, or a file that it names, cannot be
     *     used
     */
    static Reloading layer(EndpointOptions options) {
        TlsFiles files = takeFiles(options);
        if (files.certificates().isEmpty()) {
            throw options.refuse("cert", "a TLS server needs cert=FILE, and key=FILE");
        }
        TlsClientAuth clients = takeClients(options, files.authorities() != null);
        boolean strict = options.takeFlag("strict", false);
        TlsSettings base = TlsSettings.DEFAULT.withOffer(takeOffer(options)).withClients(clients);
        if (clients != TlsClientAuth.NONE && files.authorities() == null) {
            throw options.refuse("clients", "ca=FILE has to say whose certificates they need");
        }
        try {
            return new TlsReload(files, base, strict);
        } catch (IOException unusable) {
            throw options.refuse("cert", TlsFiles.why(unusable));
        }
    }

    /**
     * A client's: {@code ca insecure sni}, {@code cert key pass} if it has a certificate of its
     * own, and those of both sides.
     */
    static Wrapper.Around around(EndpointSpec spec, EndpointOptions options) {
        TlsFiles files = takeFiles(options);
        boolean insecure = options.takeFlag("insecure", false);
        if (insecure && files.authorities() != null) {
            throw options.refuse("insecure", "ca=FILE says whom to trust");
        }
        TlsSettings base = TlsSettings.DEFAULT.withOffer(takeOffer(options));
        if (insecure) {
            base = base.withTrust(TlsTrust.ANYONE);
        }
        String named = options.take("sni");
        String host = named != null ? named : host(spec);
        if (host == null) {
            if (!insecure) {
                throw options.refuse("sni", "sni=NAME says whom the certificate must be for");
            }
            host = "";
        }
        String name = host;
        int port = port(spec);
        TlsContext context = context(files, base, options);
        try {
            context.client(name, port);
        } catch (IllegalArgumentException noName) {
            throw options.refuse("sni", "no name of a host");
        }
        return (below, deadline) -> {
            try {
                return TlsStream.over(below, context.client(name, port), deadline);
            } catch (SSLException refused) {
                throw new Failure("TLS with " + spec.target() + ": " + TlsFiles.why(refused));
            }
        };
    }

    private static TlsContext context(TlsFiles files, TlsSettings base, EndpointOptions options) {
        try {
            return TlsContext.of(files.load(base, false));
        } catch (IOException unusable) {
            String option = files.certificates().isEmpty() ? "ca" : "cert";
            throw options.refuse(option, TlsFiles.why(unusable));
        }
    }

    private static TlsFiles takeFiles(EndpointOptions options) {
        List<Path> certificates = paths(options.take("cert"));
        List<Path> keys = paths(options.take("key"));
        List<Path> passphrase = paths(options.take("pass"));
        List<Path> authorities = paths(options.take("ca"));
        if (!keys.isEmpty() && keys.size() != certificates.size()) {
            throw options.refuse("key", "as many as of cert, in the same order");
        }
        return new TlsFiles(
                certificates,
                keys.isEmpty() ? certificates : keys,
                first(passphrase),
                first(authorities));
    }

    private static @Nullable Path first(List<Path> paths) {
        return paths.isEmpty() ? null : paths.getFirst();
    }

    /** Several are separated by commas. */
    private static List<Path> paths(@Nullable String value) {
        return list(value).stream().map(Path::of).toList();
    }

    private static List<String> list(@Nullable String value) {
        return value == null || value.isEmpty() ? List.of() : Arrays.asList(value.split(",", -1));
    }

    private static TlsClientAuth takeClients(EndpointOptions options, boolean authorities) {
        String value = options.take("clients");
        if (value == null) {
            return authorities ? TlsClientAuth.NEED : TlsClientAuth.NONE;
        }
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "none" -> TlsClientAuth.NONE;
            case "want" -> TlsClientAuth.WANT;
            case "need" -> TlsClientAuth.NEED;
            default -> throw options.refuse("clients", "expected none, want or need");
        };
    }

    /** {@code alpn=h2,http/1.1}, and {@code tls=1.3} for nothing older. */
    private static TlsOffer takeOffer(EndpointOptions options) {
        TlsOffer offer = TlsOffer.DEFAULT;
        String version = options.take("tls");
        if (version != null) {
            offer =
                    switch (version) {
                        case "1.2" -> offer.withProtocols("TLSv1.2");
                        case "1.3" -> offer.withProtocols("TLSv1.3");
                        default -> throw options.refuse("tls", "expected 1.2 or 1.3");
                    };
        }
        try {
            return offer.withApplications(list(options.take("alpn")).toArray(String[]::new));
        } catch (IllegalArgumentException none) {
            throw options.refuse("alpn", "expected names such as h2,http/1.1");
        }
    }

    private static @Nullable String host(EndpointSpec spec) {
        return switch (spec.target()) {
            case EndpointTarget.Host(String name, int port) -> name;
            case EndpointTarget.Address address -> address.address().toString();
            default -> null;
        };
    }

    private static int port(EndpointSpec spec) {
        return switch (spec.target()) {
            case EndpointTarget.Host(String name, int port) -> port;
            case EndpointTarget.Address address -> address.port();
            default -> -1;
        };
    }
}
