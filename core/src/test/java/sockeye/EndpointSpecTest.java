// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;
import static sockeye.AddressFamily.AF_NETLINK;
import static sockeye.AddressFamily.AF_PACKET;
import static sockeye.AddressFamily.AF_UNIX;
import static sockeye.SocketType.SOCK_CLOEXEC;
import static sockeye.SocketType.SOCK_DGRAM;
import static sockeye.SocketType.SOCK_NONBLOCK;
import static sockeye.SocketType.SOCK_RAW;
import static sockeye.SocketType.SOCK_SEQPACKET;
import static sockeye.SocketType.SOCK_STREAM;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.EndpointTarget.Address;
import sockeye.EndpointTarget.Descriptor;
import sockeye.EndpointTarget.Host;
import sockeye.EndpointTarget.Netlink;
import sockeye.EndpointTarget.Port;
import sockeye.EndpointTarget.Systemd;
import sockeye.EndpointTarget.Tipc;
import sockeye.EndpointTarget.Unix;
import sockeye.EndpointTarget.Vsock;

import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

@Tag("D3-01")
@Tag("D3-02")
@Tag("D3-03")
class EndpointSpecTest {
    @Test
    void everyTargetIsOfItsForm() {
        assertTarget("tcp:80", new Port(80));
        assertTarget("tcp:0", new Port(0));
        assertTarget("tcp:localhost:80", new Host("localhost", 80));
        assertTarget("udp:example.org.:53", new Host("example.org.", 53));
        assertTarget("tcp:bücher.example:80", new Host("bücher.example", 80));
        assertTarget("tcp:a_b-c.d:80", new Host("a_b-c.d", 80));
        assertTarget("tcp:127.0.0.1:80", new Address(IpAddress.LOOPBACK_IPV4, "", 80));
        assertTarget("mptcp:[::1]:80", new Address(IpAddress.LOOPBACK_IPV6, "", 80));
        var linkLocal = IpAddress.parse("fe80::1");
        assertTarget("udp:[fe80::1%eth0]:80", new Address(linkLocal, "eth0", 80));
        assertTarget("udp:[fe80::1%2]:80", new Address(linkLocal, "2", 80));
        assertTarget("unix:/run/x.sock", new Unix(UnixEndpoint.of("/run/x.sock")));
        assertTarget("unix:x.sock", new Unix(UnixEndpoint.of("x.sock")));
        assertTarget("unix:/a:b", new Unix(UnixEndpoint.of("/a:b")));
        assertTarget("unix-dgram:@name", new Unix(UnixEndpoint.ofAbstract("name")));
        assertTarget("unix-seqpacket:@", new Unix(UnixEndpoint.ofAbstract("")));
        assertTarget("unix:@@x", new Unix(UnixEndpoint.ofAbstract("@x")));
        assertTarget("tipc-stream:18888/17", new Tipc(TipcEndpoint.service(18_888, 17)));
        assertTarget("tipc-rdm:18888/0-4294967295", new Tipc(TipcEndpoint.all(18_888)));
        assertTarget("tipc-rdm:7@1001001", new Tipc(TipcEndpoint.socket(7, 0x1001001)));
        assertTarget("vsock:2:1024", new Vsock(2, 1_024));
        assertTarget("vsock:1024", new EndpointTarget.VsockPort(1_024));
        assertTarget("vsock-seqpacket:any:1024", new Vsock(Vsock.ANY, 1_024));
        assertTarget("netlink:route", new Netlink(0));
        assertTarget("netlink:kobject-uevent", new Netlink(15));
        assertTarget("netlink:17", new Netlink(17));
        assertTarget("fd:3", new Descriptor(3));
        assertTarget("systemd:http.socket", new Systemd("http.socket"));
    }

    private static void assertTarget(String text, EndpointTarget target) {
        var spec = EndpointSpec.parse(text);
        assertEquals(target, spec.target());
        assertEquals(text, spec.toString());
        assertEquals(spec, EndpointSpec.of(spec.scheme(), target));
    }

    @ParameterizedTest
    @CsvSource({
        "TCP:80, tcp:80",
        "tcp://localhost:80, tcp:localhost:80",
        "unix:///run/x, unix:/run/x",
        "unix://x, unix:x",
        "unix:////x, unix:%2F/x",
        "unix://@x, unix:@x",
        "TLS+tcp://[::1]:443, tls+tcp:[::1]:443",
        "tcp:[0:0:0:0:0:0:0:1]:080, tcp:[::1]:80",
        "tcp:%6cocalhost:80, tcp:localhost:80",
        "tcp:127.0.0.%31:80, tcp:127.0.0.1:80",
        "unix:/a%2Fb%20c, unix:/a/b c",
        "unix:%40x, unix:%40x",
        "unix:/%ff, unix:/%FF",
        "tipc-dgram:1/2-2, tipc-dgram:1/2-2",
        "tipc-dgram:7@1.1.1, tipc-dgram:7@1001001",
        "vsock:4294967295:any, vsock:any:any",
        "netlink:0, netlink:route",
        "netlink:SOCK_DIAG, netlink:sock-diag",
        "fd:007, fd:7",
        "systemd:%61, systemd:a",
        "tcp:80?reuseport, tcp:80?reuseport=true",
        "tcp:80?REUSEPORT=Yes, tcp:80?reuseport=Yes",
        "unix:/x?a=%26%3d%3f&b=, unix:/x?a=%26=?&b=",
    })
    void otherWaysToWriteItEndInTheCanonicalText(String text, String canonical) {
        assertEquals(canonical, EndpointSpec.parse(text).toString());
        assertEquals(EndpointSpec.parse(text), EndpointSpec.parse(canonical));
    }

    @Test
    void wrappersStandInFrontOutermostFirst() {
        var spec = EndpointSpec.parse("proxy+tls+tcp:example.org:443");
        assertEquals(List.of("proxy", "tls"), spec.wrappers());
        assertEquals(EndpointScheme.TCP, spec.scheme());
        assertEquals("tls+tcp:example.org:443", spec.withWrappers(List.of("tls")).toString());
        spec.requireWrappersAmong(List.of("tls", "proxy"));
    }

    @Test
    void aWrapperThatAConsumerLacksIsAnError() {
        var spec = EndpointSpec.parse("proxy+tsl+tcp:example.org:443");
        var misspelt = refused(() -> spec.requireWrappersAmong(List.of("tls", "proxy")));
        assertEquals("no such wrapper: \"tsl\"", misspelt.problem());
        assertEquals(6, misspelt.position());
        assertEquals("did you mean tls+?", misspelt.hint());
        var none = refused(() -> spec.requireWrappersAmong(List.of()));
        assertEquals(0, none.position());
        assertEquals("no wrapper can be used here", none.hint());
        var other = refused(() -> spec.requireWrappersAmong(List.of("gzip")));
        assertEquals("known here: gzip", other.hint());
    }

    @Test
    void aSchemeThatAConsumerLacksIsAnError() {
        var spec = EndpointSpec.parse("tls+vsock:2:1");
        spec.requireSchemeAmong(List.of(EndpointScheme.VSOCK));
        var e =
                refused(() ->
                        spec.requireSchemeAmong(List.of(EndpointScheme.UNIX, EndpointScheme.TCP)));
        assertEquals("vsock cannot be used here", e.problem());
        assertEquals("known here: tcp, unix", e.hint());
        assertEquals(4, e.position());
    }

    @Test
    void optionsKeepTheirOrder() {
        var spec = EndpointSpec.parse("unix:/run/x?mode=0660&owner=www-data&a=1");
        assertEquals(List.of("mode", "owner", "a"), List.copyOf(spec.options().keySet()));
        assertEquals("0660", spec.options().get("mode"));
        assertThrows(UnsupportedOperationException.class, () -> spec.options().clear());
        var options = new LinkedHashMap<String, String>();
        options.put("z", "1 2");
        options.put("b", "é&%=?+");
        assertEquals(
                "unix:/run/x?z=1 2&b=é%26%25=?+",
                EndpointSpec.parse("unix:/run/x").withOptions(options).toString());
    }

    @Test
    void aBarePortIsEveryAddressOrLocalhost() throws Exception {
        var spec = EndpointSpec.parse("tcp:80?backlog=5");
        assertFalse(spec.isLiteral());
        assertFalse(spec.needsResolving());
        assertThrows(IllegalStateException.class, spec::toEndpoint);
        assertEquals("tcp:[::]:80?backlog=5", spec.forListening().toString());
        assertEquals(InetEndpoint.any(80), spec.forListening().toEndpoint());
        assertEquals("tcp:localhost:80?backlog=5", spec.forConnecting().toString());
        assertTrue(spec.forConnecting().needsResolving());
        var other = EndpointSpec.parse("tcp:127.0.0.1:80");
        assertEquals(other, other.forListening());
        assertEquals(other, other.forConnecting());
    }

    @Test
    void aLiteralTargetIsAnEndpoint() throws Exception {
        assertEndpoint("tcp:127.0.0.1:80", InetEndpoint.loopback(80));
        assertEndpoint("tcp:[::1]:80", InetEndpoint.of("::1", 80));
        assertEndpoint(
                "udp:[fe80::1%7]:80", new InetEndpoint(IpAddress.parse("fe80::1"), 80, 0, 7));
        int loopback = NetworkInterface.getByName("lo").getIndex();
        assertEndpoint(
                "udp:[fe80::1%lo]:80",
                new InetEndpoint(IpAddress.parse("fe80::1"), 80, 0, loopback));
        assertEndpoint("unix-dgram:@x", UnixEndpoint.ofAbstract("x"));
        assertEndpoint("vsock:2:1024", VsockEndpoint.host(1_024));
        var port = EndpointSpec.parse("vsock:1024");
        assertEquals(VsockEndpoint.any(1_024), port.forListening().toEndpoint());
        assertEquals(VsockEndpoint.local(1_024), port.forConnecting().toEndpoint());
    }

    private static void assertEndpoint(String text, Endpoint endpoint) throws Exception {
        assertTrue(EndpointSpec.parse(text).isLiteral());
        assertEquals(endpoint, EndpointSpec.parse(text).toEndpoint());
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp:80", "tcp:a:80", "fd:3", "systemd:x"})
    void whatIsNoLiteralSaysWhy(String text) {
        var spec = EndpointSpec.parse(text);
        assertFalse(spec.isLiteral());
        var e = assertThrows(IllegalStateException.class, spec::toEndpoint);
        assertTrue(e.getMessage().endsWith(": " + spec), e.getMessage());
    }

    @Test
    void aContextOfVsockGoesByItsName() {
        assertEquals(new Vsock(2, 1_024), EndpointSpec.parse("vsock:host:1024").target());
        assertEquals(new Vsock(1, 1_024), EndpointSpec.parse("vsock:Local:1024").target());
        assertEquals(new Vsock(0, Vsock.ANY), EndpointSpec.parse("vsock:hypervisor:any").target());
        assertEquals(
                "not a context: \"guest\"",
                refused(() -> EndpointSpec.parse("vsock:guest:1")).problem());
    }

    @Test
    void anInterfaceThatIsNotThereIsAnUnknownHost() {
        var spec = EndpointSpec.parse("tcp:[fe80::1%no-if]:80");
        var e = assertThrows(UnknownHostException.class, spec::toEndpoint);
        assertEquals("no network interface \"no-if\"", e.getMessage());
    }

    @Test
    void anEndpointHasItsSpec() {
        assertEquals(
                "tcp:[fe80::1%7]:80",
                EndpointSpec.of(EndpointScheme.TCP, InetEndpoint.parse("[fe80::1%7]:80"))
                        .toString());
        assertEquals(
                "unix:@x",
                EndpointSpec.of(EndpointScheme.UNIX, UnixEndpoint.ofAbstract("x")).toString());
        assertEquals(
                "vsock:any:1024",
                EndpointSpec.of(EndpointScheme.VSOCK, VsockEndpoint.any(1_024)).toString());
        assertThrows(
                IllegalArgumentException.class,
                () -> EndpointSpec.of(EndpointScheme.UNIX, InetEndpoint.any(1)));
        assertThrows(
                IllegalArgumentException.class,
                () -> EndpointSpec.of(EndpointScheme.UNIX, UnixEndpoint.unnamed()));
        assertThrows(
                IllegalArgumentException.class,
                () -> EndpointSpec.of(EndpointScheme.VSOCK, new RawEndpoint(38, new byte[14])));
    }

    @Test
    void partsThatHaveNoTextAreRefused() {
        var tcp = EndpointSpec.parse("tcp:80");
        for (String name : new String[] {"", "A", "a b", "a+b", "-a", "a_b", "é", "a".repeat(65)}) {
            assertThrows(
                    IllegalArgumentException.class, () -> tcp.withWrappers(List.of(name)), name);
        }
        for (String name : new String[] {"", "A", "a b", "a=b", "a&b", "-a", "é"}) {
            assertThrows(
                    IllegalArgumentException.class, () -> tcp.withOptions(Map.of(name, "")), name);
        }
        assertThrows(IllegalArgumentException.class, () -> tcp.withOptions(Map.of("a", "\udc00")));
        assertThrows(IllegalArgumentException.class, () -> tcp.withTarget(new Descriptor(1)));
        assertThrows(IllegalArgumentException.class, () -> new Port(65_536));
        assertThrows(IllegalArgumentException.class, () -> new Host("127.0.0.1", 1));
        assertThrows(IllegalArgumentException.class, () -> new Host("::1", 1));
        assertThrows(IllegalArgumentException.class, () -> new Host("a b", 1));
        assertThrows(IllegalArgumentException.class, () -> new Host("a".repeat(254), 1));
        assertThrows(IllegalArgumentException.class, () -> new Host("a", -1));
        var loopback = IpAddress.LOOPBACK_IPV4;
        assertThrows(IllegalArgumentException.class, () -> new Address(loopback, "lo", 1));
        var onOneNode = TipcEndpoint.service(64, 1).at(7);
        assertThrows(IllegalArgumentException.class, () -> new Tipc(onOneNode));
        assertThrows(IllegalArgumentException.class, () -> new Vsock(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Netlink(256));
        assertThrows(IllegalArgumentException.class, () -> new Descriptor(-1));
        assertThrows(IllegalArgumentException.class, () -> new Systemd("a:b"));
        assertThrows(
                IllegalArgumentException.class,
                () -> tcp.withOptions(Map.of("a", "x".repeat(EndpointSpec.MAX_TEXT))));
    }

    @Test
    void whatWouldBeTooLongWhenEncodedDoesNotParse() {
        String text = "tcp:80?a=" + "\u0001".repeat(6_000);
        var e = refused(() -> EndpointSpec.parse(text));
        assertEquals("an endpoint of 18009 characters", e.problem());
    }

    @Test
    void anErrorIsShortHoweverLongTheText() {
        var long1 = refused(() -> EndpointSpec.parse("/run/" + "x".repeat(4_000)));
        assertTrue(long1.hint().startsWith("expected one of tcp, "), long1.hint());
        var long2 = refused(() -> EndpointSpec.parse("tcp:a" + " ".repeat(8_000) + "b:80"));
        var long3 = refused(() -> EndpointSpec.parse("tcp:" + "1".repeat(20_000)));
        for (var e : List.of(long1, long2, long3)) {
            assertTrue(e.getMessage().length() < 600, e.getMessage());
            assertTrue(e.summary().length() < 600, e.summary());
        }
    }

    @Test
    void errorsNameASocketByItsScheme() {
        Endpoint peer = InetEndpoint.loopback(9);
        assertEquals("tcp:127.0.0.1:9", EndpointSpec.describe(AF_INET, SOCK_STREAM, 0, peer));
        assertEquals("tcp:127.0.0.1:9", EndpointSpec.describe(AF_INET6, SOCK_STREAM, 6, peer));
        assertEquals("mptcp:127.0.0.1:9", EndpointSpec.describe(AF_INET, SOCK_STREAM, 262, peer));
        assertEquals("udp:127.0.0.1:9", EndpointSpec.describe(AF_INET, SOCK_DGRAM, 17, peer));
        assertEquals("udp", EndpointSpec.describe(AF_INET, SOCK_DGRAM, 0, null));
        var name = UnixEndpoint.ofAbstract("name");
        assertEquals("unix:@name", EndpointSpec.describe(AF_UNIX, SOCK_STREAM, 0, name));
        assertEquals("unix-dgram:@name", EndpointSpec.describe(AF_UNIX, SOCK_DGRAM, 0, name));
        int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
        assertEquals(
                "unix-seqpacket:(unnamed)",
                EndpointSpec.describe(AF_UNIX, SOCK_SEQPACKET | flags, 0, UnixEndpoint.unnamed()));
        assertEquals(
                "netlink:kobject-uevent",
                EndpointSpec.describe(AF_NETLINK, SOCK_RAW, 15, NetlinkEndpoint.KERNEL));
        assertEquals(
                "netlink:99 port 7",
                EndpointSpec.describe(AF_NETLINK, SOCK_DGRAM, 99, NetlinkEndpoint.ofPort(7)));
    }

    @Test
    void errorsNameAnyOtherSocketByItsNumbers() {
        assertEquals(
                "AF_INET/SOCK_RAW/IPPROTO_ICMP:192.0.2.1:0",
                EndpointSpec.describe(
                        AF_INET, SOCK_RAW | SOCK_CLOEXEC, 1, InetEndpoint.of("192.0.2.1", 0)));
        assertEquals(
                "AF_PACKET/SOCK_DGRAM/768",
                EndpointSpec.describe(AF_PACKET, SOCK_DGRAM, 768, null));
        assertEquals("AF_99/SOCK_9/1", EndpointSpec.describe(99, 9, 1, null));
    }

    @ParameterizedTest
    @EnumSource(EndpointScheme.class)
    void aSchemeSaysWhatSocketItStandsFor(EndpointScheme scheme) {
        assertEquals(scheme.text(), scheme.toString());
        assertEquals(scheme.type() == 0, scheme.isDescriptor());
        assertEquals(scheme.type() == SOCK_STREAM, scheme.isStream());
        if (!scheme.isDescriptor()) {
            boolean inet = scheme.family() == AddressFamily.AF_UNSPEC;
            int family = inet ? AF_INET : scheme.family();
            boolean netlink = scheme == EndpointScheme.NETLINK;
            assertEquals(
                    netlink ? "netlink:route" : scheme.text(),
                    EndpointSpec.describe(family, scheme.type(), scheme.protocol(), null));
        }
    }

    private static EndpointSyntaxException refused(Executable code) {
        return assertInstanceOf(
                EndpointSyntaxException.class, assertThrows(IllegalArgumentException.class, code));
    }
}
