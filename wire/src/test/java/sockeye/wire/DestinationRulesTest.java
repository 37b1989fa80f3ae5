// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.InetEndpoint;
import sockeye.IpAddress;

/** Where one may be connected to on behalf of others. */
@Tag("D4-14")
class DestinationRulesTest {
    private static boolean isPublic(String address) {
        return DestinationRules.PUBLIC.allows(IpAddress.parse(address));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.1.2.3",
                "100.64.0.1",
                "127.0.0.1",
                "127.255.255.254",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.8",
                "192.0.2.1",
                "192.168.1.1",
                "198.18.0.1",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::127.0.0.1",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "64:ff9b::7f00:1",
                "fe80::1",
                "fec0::1",
                "fc00::1",
                "fd12:3456::1",
                "ff02::1",
                "2001::1",
                "2001:db8::1",
                "2002:7f00:1::",
                "3fff::1",
                "4000::1",
            })
    void whatIsNoPlaceInTheInternetIsNotPublic(String address) {
        assertFalse(isPublic(address));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "9.9.9.9",
                "11.0.0.1",
                "100.63.255.255",
                "172.32.0.1",
                "192.0.1.1",
                "223.255.255.255",
                "::ffff:1.1.1.1",
                "2001:4860:4860::8888",
                "2606:4700::1111",
                "3ffe::1",
            })
    void otherPlacesAre(String address) {
        assertTrue(isPublic(address));
    }

    @Test
    void nowhereIsNowhereUntilSomethingIsSaid() {
        IpAddress here = IpAddress.LOOPBACK_IPV4;
        assertFalse(DestinationRules.NOWHERE.allows(here));
        assertFalse(DestinationRules.NOWHERE.allows(IpAddress.parse("1.1.1.1")));
        assertFalse(DestinationRules.NOWHERE.allows(IpAddress.parse("2606:4700::1111")));
        DestinationRules near = DestinationRules.NOWHERE.allow("127.0.0.1");
        assertTrue(near.allows(here));
        assertTrue(near.allows(here.mapped()));
        assertFalse(near.allows(IpAddress.parse("127.0.0.2")));
        assertFalse(near.allows(IpAddress.LOOPBACK_IPV6));
    }

    @Test
    void theLongestNetworkDecides() {
        var rules = DestinationRules.PUBLIC.allow("10.1.2.0/24").deny("10.1.2.3").deny("1.0.0.0/8");
        assertTrue(rules.allows(IpAddress.parse("10.1.2.4")));
        assertFalse(rules.allows(IpAddress.parse("10.1.2.3")));
        assertFalse(rules.allows(IpAddress.parse("10.1.3.1")));
        assertFalse(rules.allows(IpAddress.parse("1.1.1.1")));
    }

    @Test
    void portsAreAllButNoneUntilSomeAreSaid() {
        InetEndpoint web = InetEndpoint.of("1.1.1.1", 80);
        assertTrue(DestinationRules.PUBLIC.allows(web));
        assertTrue(DestinationRules.PUBLIC.allows(web.withPort(65_535)));
        assertFalse(DestinationRules.PUBLIC.allows(web.withPort(0)));
        DestinationRules some = DestinationRules.PUBLIC.onPorts(80, 443);
        assertTrue(some.allows(web));
        assertTrue(some.allowsPort(443));
        assertFalse(some.allows(web.withPort(25)));
        assertFalse(some.allows(InetEndpoint.of("127.0.0.1", 80)));
        assertThrows(IllegalArgumentException.class, DestinationRules.PUBLIC::onPorts);
        assertThrows(IllegalArgumentException.class, () -> DestinationRules.PUBLIC.onPorts(0));
        assertThrows(IllegalArgumentException.class, () -> DestinationRules.PUBLIC.onPorts(65_536));
    }

    @Test
    void rulesAreWhatWasSaid() {
        assertEquals(
                DestinationRules.NOWHERE.allow("10.0.0.0/8").onPorts(80),
                DestinationRules.NOWHERE.onPorts(80).allow("10.0.0.0/8"));
        assertEquals(
                "DestinationRules[AccessRules{0.0.0.0/0=deny, 1.0.0.0/8=allow, ::/0=deny} on {80}]",
                DestinationRules.NOWHERE.allow("1.0.0.0/8").onPorts(80).toString());
    }
}
