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
import sockeye.UnixEndpoint;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Map;
import java.util.Random;

@Tag("H12")
class AccessRulesTest {
    private static boolean allows(AccessRules rules, String address) {
        return rules.allows(InetEndpoint.of(address, 1));
    }

    @Test
    void theLongestNetworkDecidesWhateverTheOrder() {
        var rules =
                AccessRules.EVERYBODY
                        .allow("10.66.0.1")
                        .deny("10.66.0.0/16")
                        .allow("10.0.0.0/8")
                        .deny("10.66.0.128/25");
        assertTrue(allows(rules, "10.1.2.3"));
        assertFalse(allows(rules, "10.66.2.3"));
        assertTrue(allows(rules, "10.66.0.1"));
        assertFalse(allows(rules, "10.66.0.200"));
        assertFalse(allows(rules, "11.0.0.1"), "who allows some allows no others");
    }

    @Test
    void whoOnlyDeniesAllowsTheRest() {
        var rules = AccessRules.EVERYBODY.deny("2001:db8::/32").denyUid(33);
        assertFalse(allows(rules, "2001:db8:1::1"));
        assertTrue(allows(rules, "2001:db9::1"));
        assertTrue(allows(rules, "10.0.0.1"));
        assertFalse(rules.allowsUid(33));
        assertTrue(rules.allowsUid(0));
    }

    @Test
    void aMappedAddressIsTheIpv4AddressThatItIs() {
        var rules = AccessRules.EVERYBODY.deny("192.0.2.0/24");
        assertFalse(rules.allows(IpAddress.parse("::ffff:192.0.2.1")));
        assertFalse(allows(AccessRules.EVERYBODY.deny("::ffff:10.0.0.0/104"), "10.1.1.1"));
        assertTrue(allows(AccessRules.EVERYBODY.deny("::/0"), "10.1.1.1"), "that is IPv6");
        assertFalse(allows(AccessRules.EVERYBODY.deny("::ffff:0.0.0.0/96"), "10.1.1.1"));
    }

    @Test
    void addressesAndUsersAreJudgedApart() {
        var rules = AccessRules.EVERYBODY.allow("10.0.0.0/8");
        assertTrue(rules.allowsUid(1000));
        assertTrue(rules.allows(UnixEndpoint.unnamed()));
        assertTrue(rules.allows((InetEndpoint) null));
        var users = AccessRules.EVERYBODY.allowUid(-2);
        assertFalse(users.allowsUid(0));
        assertTrue(users.allowsUid(-2));
        assertTrue(allows(users, "10.0.0.1"));
        assertEquals("AccessRules{uid 4294967294=allow}", users.toString());
    }

    @Test
    void aLaterRuleAboutTheSameReplacesTheEarlier() {
        var rules = AccessRules.EVERYBODY.deny("10.0.0.1").allow("10.0.0.1/32");
        assertEquals(AccessRules.EVERYBODY.allow("10.0.0.1"), rules);
        assertTrue(allows(rules, "10.0.0.1"));
    }

    /** Against the definition: of all that contain it, the longest. */
    @Test
    void manyRulesAgreeWithTheDefinition() {
        for (int seed = 0; seed < 50; seed++) {
            var random = new Random(seed);
            var rules = AccessRules.EVERYBODY;
            var list = new ArrayList<Map.Entry<IpNetwork, Boolean>>();
            for (int i = 0; i < 40; i++) {
                int length = random.nextInt(33);
                var network =
                        new IpNetwork(
                                IpAddress.ipv4(random.nextInt() & 0x0303_0303).prefix(length),
                                length);
                boolean allow = random.nextBoolean();
                rules = allow ? rules.allow(network) : rules.deny(network);
                list.removeIf(each -> each.getKey().equals(network));
                list.add(Map.entry(network, allow));
            }
            boolean none = list.stream().noneMatch(Map.Entry::getValue);
            for (int i = 0; i < 200; i++) {
                var address = IpAddress.ipv4(random.nextInt() & 0x0303_0303);
                boolean expected =
                        list.stream()
                                .filter(each -> each.getKey().contains(address))
                                .max(Comparator.comparingInt(e -> e.getKey().length()))
                                .map(Map.Entry::getValue)
                                .orElse(none);
                assertEquals(expected, rules.allows(address), address + " in " + rules);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/8",
                "10.0.0.0/",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/+8",
                "::/129",
                "10.0.0.0/8/8",
                "10.0.0.1/8",
                "host",
                "10.0.0.0/0008",
                "10.0.0.0/٣",
                "[::1]"
            })
    void whatIsNoNetworkIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> IpNetwork.parse(text));
    }

    @Test
    void aNetworkWithBitsBehindItsLengthIsTold() {
        var told =
                assertThrows(IllegalArgumentException.class, () -> IpNetwork.parse("10.1.2.3/8"));
        assertTrue(told.getMessage().contains("10.0.0.0/8"), told.getMessage());
        assertEquals("10.0.0.0/8", IpNetwork.parse("10.0.0.0/8").toString());
        assertEquals("2001:db8::/32", IpNetwork.parse("2001:db8::/32").toString());
    }
}
