// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;

/** What holds for every spec; {@link EndpointTextTest} has the texts. The seeds are fixed. */
@Tag("D3-01")
class EndpointSpecPropertyTest {
    private static final int[] CODE_POINTS = {
        'a', 'Z', '0', '9', '/', ':', '?', '&', '=', '%', '@', '(', ')', '+', ' ', '#', '[', ']',
        '.', '-', '_', '*', '\\', '"', 0, 1, 27, 127, 0x85, 0xA0, 0xE9, 0x202E, 0x2028, 0x6F22,
        0xE000, 0xFFFD, 0x1F41F, 0x10FFFF
    };

    private final Random random = new Random(5);

    @Test
    void parseUndoesToString() {
        for (int i = 0; i < 6_000; i++) {
            EndpointSpec spec = anySpec();
            String text = spec.toString();
            EndpointSpec parsed = EndpointSpec.parse(text);
            assertEquals(spec, parsed);
            assertEquals(text, parsed.toString());
            assertEquals(
                    List.copyOf(spec.options().keySet()), List.copyOf(parsed.options().keySet()));
            assertTrue(text.codePoints().allMatch(Percent::isPrintable), text);
            String uri = text.replaceFirst(":", "://");
            assertEquals(spec, EndpointSpec.parse(uri));
        }
    }

    @Test
    void aUnixEndpointsTextIsTheTargetOfASpec() throws Exception {
        for (int i = 0; i < 5_000; i++) {
            UnixEndpoint endpoint = anyUnix();
            assertEquals(endpoint, EndpointSpec.parse("unix:" + endpoint).toEndpoint());
        }
    }

    private EndpointSpec anySpec() {
        var schemes = EndpointScheme.values();
        var scheme = schemes[random.nextInt(schemes.length)];
        var wrappers = new ArrayList<String>();
        while (random.nextInt(4) == 0) {
            wrappers.add(List.of("tls", "proxy", "x-1").get(random.nextInt(3)));
        }
        var options = new LinkedHashMap<String, String>();
        while (random.nextInt(3) > 0) {
            options.put("o" + Integer.toString(random.nextInt(40), 36), anyText(6));
        }
        return new EndpointSpec(wrappers, scheme, anyTarget(scheme), options);
    }

    private EndpointTarget anyTarget(EndpointScheme scheme) {
        int port = random.nextInt(0x1_0000);
        return switch (scheme) {
            case TCP, MPTCP, SCTP, UDP, UDPLITE ->
                    switch (random.nextInt(4)) {
                        case 0 -> new EndpointTarget.Port(port);
                        case 1 ->
                                new EndpointTarget.Host(
                                        List.of("localhost", "a.b-c.", "X_1", "漢.example", "7up")
                                                .get(random.nextInt(5)),
                                        port);
                        case 2 -> new EndpointTarget.Address(anyIpv4(), "", port);
                        default ->
                                new EndpointTarget.Address(
                                        IpAddress.ipv6(
                                                random.nextLong() << random.nextInt(65),
                                                random.nextLong() >>> random.nextInt(65)),
                                        List.of("", "eth0", "2", "br-a.5@x").get(random.nextInt(4)),
                                        port);
                    };
            case UNIX, UNIX_DGRAM, UNIX_SEQPACKET -> new EndpointTarget.Unix(anyUnix());
            case TIPC_STREAM, TIPC_SEQPACKET, TIPC_RDM, TIPC_DGRAM -> {
                long upper = anyUnsigned();
                long lower = random.nextBoolean() ? upper : random.nextLong(upper + 1);
                yield new EndpointTarget.Tipc(
                        switch (random.nextInt(3)) {
                            case 0 -> TipcEndpoint.service(anyUnsigned(), lower);
                            case 1 -> TipcEndpoint.range(anyUnsigned(), lower, upper);
                            default -> TipcEndpoint.socket(anyUnsigned(), upper);
                        });
            }
            case VSOCK -> new EndpointTarget.Vsock(anyUnsigned(), anyUnsigned());
            case VSOCK_SEQPACKET -> new EndpointTarget.VsockPort(anyUnsigned());
            case NETLINK -> new EndpointTarget.Netlink(random.nextInt(256));
            case FD -> new EndpointTarget.Descriptor(random.nextInt(Integer.MAX_VALUE));
            case SYSTEMD ->
                    new EndpointTarget.Systemd(
                            List.of("a", "//x", "@(?%&", " b ", "x.socket").get(random.nextInt(5)));
        };
    }

    private IpAddress anyIpv4() {
        return IpAddress.ipv4(random.nextInt());
    }

    private long anyUnsigned() {
        return random.nextInt(8) == 0
                ? 0xFFFF_FFFFL
                : Integer.toUnsignedLong(random.nextInt()) >>> random.nextInt(32);
    }

    private UnixEndpoint anyUnix() {
        byte[] name;
        if (random.nextBoolean()) {
            name = new byte[1 + random.nextInt(20)];
            random.nextBytes(name);
        } else {
            name = Percent.utf8("x" + anyText(20));
        }
        if (random.nextBoolean()) {
            return UnixEndpoint.ofAbstract(name);
        }
        byte[] path =
                random.nextInt(4) > 0 ? name : Percent.utf8("//(@".substring(random.nextInt(4)));
        for (int i = 0; i < path.length; i++) {
            path[i] = path[i] == 0 ? (byte) '@' : path[i];
        }
        return UnixEndpoint.ofPath(path);
    }

    private String anyText(int most) {
        var text = new StringBuilder();
        for (int length = random.nextInt(most + 1); length > 0; length--) {
            text.appendCodePoint(CODE_POINTS[random.nextInt(CODE_POINTS.length)]);
        }
        return text.toString();
    }
}
