// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.EndpointOptions;
import sockeye.EndpointScheme;
import sockeye.EndpointSpec;
import sockeye.InetEndpoint;
import sockeye.reactor.AcceptProxy;
import sockeye.server.ProxyLayer;
import sockeye.wire.IpNetwork;
import sockeye.wire.ProxyHeader;
import sockeye.wire.ProxyTlv;
import sockeye.wire.ProxyTrust;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;

/** The options of {@code proxy+…}, on either side. */
final class ProxyOptions {
    private static final String ALL = "all";

    private ProxyOptions() {}

    /**
     * A server's: {@code trust=10.0.0.0/8,::1} or {@code trust=all}, {@code trust-user=haproxy},
     * and {@code others=direct} for those who are not trusted to be served as themselves.
     *
     * @throws sockeye.EndpointSyntaxException if nobody is trusted, or a value is none
     */
    static Wrapper.OnServer onServer(EndpointOptions options) {
        String trust = options.take("trust");
        OptionalInt user = Accounts.takeUser(options, "trust-user");
        if ((trust == null || trust.isEmpty()) && user.isEmpty()) {
            throw options.refuse(
                    "trust", "trust=NETWORK,… says which proxies are believed; all for whoever");
        }
        ProxyTrust whom =
                trust != null && trust.equals(ALL)
                        ? ProxyTrust.EVERYBODY
                        : ProxyTrust.in(networks(trust, options));
        if (user.isPresent()) {
            whom = whom.andUser(user.getAsInt());
        }
        ProxyLayer layer = ProxyLayer.trusting(whom);
        AcceptProxy same = AcceptProxy.from(whom).withPatience(Duration.ZERO); // a host has one
        String others = options.take("others");
        return switch (others) {
            case null -> new Wrapper.OnServer(layer, same, whom);
            case "refuse" -> new Wrapper.OnServer(layer, same, whom);
            case "direct" ->
                    new Wrapper.OnServer(
                            layer.servingOthersDirectly(), same.servingOthersDirectly(), whom);
            default -> throw options.refuse("others", "expected refuse or direct");
        };
    }

    private static IpNetwork[] networks(@Nullable String trust, EndpointOptions options) {
        var networks = new ArrayList<IpNetwork>();
        if (trust != null && !trust.isEmpty()) {
            for (String each : trust.split(",", -1)) {
                try {
                    networks.add(IpNetwork.parse(each));
                } catch (IllegalArgumentException none) {
                    throw options.refuse("trust", "expected networks such as 10.0.0.0/8,::1");
                }
            }
        }
        return networks.toArray(IpNetwork[]::new);
    }

    /**
     * A client's: {@code proxy=v1}, {@code v2} (the usual) or {@code local}; {@code proxy-source}
     * and {@code proxy-destination}, which otherwise are the connection's own addresses; and of
     * version 2 {@code proxy-authority}, {@code proxy-alpn}, {@code proxy-id}, {@code
     * proxy-tlv=TYPE:HEX,…} and {@code proxy-checksum}.
     */
    static Wrapper.Around around(EndpointSpec spec, EndpointOptions options) {
        String version = options.take("proxy");
        Endpoint source = takeEndpoint(options, spec.scheme(), "proxy-source");
        Endpoint destination = takeEndpoint(options, spec.scheme(), "proxy-destination");
        List<ProxyTlv> tlvs = takeTlvs(options);
        boolean checksum = options.takeFlag("proxy-checksum", false);
        if (version != null && !List.of("v1", "v2", "local").contains(version)) {
            throw options.refuse("proxy", "expected v1, v2 or local");
        }
        boolean line = "v1".equals(version);
        if (line && (checksum || !tlvs.isEmpty())) {
            throw options.refuse("proxy", "a line of version 1 has addresses alone");
        }
        return (below, deadline) -> {
            Endpoint from = source != null ? source : below.local();
            Endpoint to = destination != null ? destination : below.peer();
            ProxyHeader header;
            if (line) {
                header = ProxyHeader.v1(from, to);
            } else {
                header =
                        ("local".equals(version) ? ProxyHeader.local() : ProxyHeader.v2(from, to))
                                .with(tlvs.toArray(ProxyTlv[]::new));
                header = checksum ? header.withChecksum() : header;
            }
            below.writeDeadline(deadline);
            below.write(header.encode());
            below.writeDeadline(Deadline.NONE);
            return below;
        };
    }

    private static @Nullable Endpoint takeEndpoint(
            EndpointOptions options, EndpointScheme scheme, String name) {
        String text = options.take(name);
        if (text == null) {
            return null;
        }
        try {
            return Transports.isInet(scheme)
                    ? InetEndpoint.parse(text)
                    : EndpointSpec.parse(scheme + ":" + text).toEndpoint();
        } catch (IllegalArgumentException | IllegalStateException | IOException none) {
            throw options.refuse(
                    name,
                    Transports.isInet(scheme) ? "expected ADDRESS:PORT" : "expected an address");
        }
    }

    private static List<ProxyTlv> takeTlvs(EndpointOptions options) {
        var tlvs = new ArrayList<ProxyTlv>();
        String authority = options.take("proxy-authority");
        if (authority != null) {
            tlvs.add(new ProxyTlv.Authority(authority));
        }
        String alpn = options.take("proxy-alpn");
        if (alpn != null) {
            tlvs.add(new ProxyTlv.Alpn(alpn));
        }
        String id = options.take("proxy-id");
        if (id != null) {
            byte[] bytes = id.getBytes(StandardCharsets.UTF_8);
            if (bytes.length > ProxyTlv.UniqueId.MAX_LENGTH) {
                throw options.refuse("proxy-id", "expected at most 128 bytes");
            }
            tlvs.add(new ProxyTlv.UniqueId(bytes));
        }
        String others = options.take("proxy-tlv");
        if (others != null) {
            for (String each : others.split(",", -1)) {
                tlvs.add(other(each, options));
            }
        }
        return tlvs;
    }

    private static ProxyTlv other(String text, EndpointOptions options) {
        try {
            int colon = text.indexOf(':');
            int type = Integer.parseInt(text.substring(0, colon), 16);
            byte[] value = HexFormat.of().parseHex(text.substring(colon + 1));
            return new ProxyTlv.Other(type, value);
        } catch (IllegalArgumentException | IndexOutOfBoundsException wrong) {
            throw options.refuse("proxy-tlv", "expected TYPE:VALUE,… in hex, such as e0:6869");
        }
    }
}
