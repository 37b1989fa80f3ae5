// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.HexFormat;
import java.util.List;

/** The bytes of ISO-TP's options, as the kernel's header has them; little-endian. */
@Tag("A6-10")
class IsoTpOptionTest {
    private static <T> String hex(Option<T> option, T value) {
        byte[] bytes = option.encode(value);
        assertEquals(value, option.decode(bytes, bytes.length));
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void settingsAreFlagsTimeAddressesAndPaddings() {
        assertEquals("0000000050c3000000cccc00", hex(IsoTpOption.OPTS, IsoTpSettings.DEFAULT));
        var settings = IsoTpSettings.DEFAULT.withAddresses(0xA1, 0xA2).withPadding(0x55);
        assertEquals("0e02000050c30000a15555a2", hex(IsoTpOption.OPTS, settings));
        var noTime = new IsoTpSettings(settings.flags(), Duration.ZERO, 0, 0, 0, 0);
        assertEquals("0e020000ffffffff00000000", hex(IsoTpOption.OPTS, noTime));
        assertThrows(IllegalArgumentException.class, () -> settings.withAddress(256));
        assertThrows(IllegalArgumentException.class, () -> settings.withPadding(-1));
    }

    @Test
    void aSeparationIsMillisecondsOrAFewStepsBelow() {
        for (var each : List.of("00=0", "01=1000", "7f=127000", "f1=100", "f9=900")) {
            long micros = Long.parseLong(each.substring(3));
            var control = new IsoTpFlowControl(3, Duration.ofNanos(micros * 1_000), 4);
            assertEquals("03" + each.substring(0, 2) + "04", hex(IsoTpOption.RECV_FC, control));
        }
        for (long micros : new long[] {-1, 50, 950, 1_500, 128_000}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new IsoTpFlowControl(0, Duration.ofNanos(micros * 1_000), 0));
        }
        // Reserved codes are the longest time.
        var reserved = IsoTpOption.RECV_FC.decode(new byte[] {0, (byte) 0x80, 0}, 3);
        assertEquals(Duration.ofMillis(127), reserved.separation());
    }

    @Test
    void aLinkLayerIsThreeBytes() {
        assertEquals("100800", hex(IsoTpOption.LL_OPTS, IsoTpLinkLayer.CLASSICAL));
        assertEquals("484001", hex(IsoTpOption.LL_OPTS, IsoTpLinkLayer.flexible()));
        var odd = new IsoTpLinkLayer(IsoTpLinkLayer.CANFD_MTU, 9, 0);
        assertThrows(IllegalArgumentException.class, () -> IsoTpOption.LL_OPTS.encode(odd));
        assertEquals("40420f00", hex(IsoTpOption.TX_STMIN, Duration.ofMillis(1)));
    }
}
