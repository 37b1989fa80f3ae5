// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.testkit.Ability;
import sockeye.testkit.ByteStreamContract;
import sockeye.testkit.NoLeaks;

import java.util.Map;

/** What every stream does, through TLS. */
@Tag("C-14")
@ParameterizedClass
@ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
@ExtendWith(NoLeaks.class)
class TlsStreamTest extends ByteStreamContract {
    @Parameter String protocol;

    @Override
    public Map<Ability, String> lacks() {
        return protocol.equals("TLSv1.3")
                ? Map.of()
                : Map.of(Ability.HALF_CLOSE, "TLS 1.2 answers an end with its own");
    }

    @Override
    protected Ends open() throws Exception {
        var pair =
                TlsPeers.pair(
                        TlsPeers.speaking(TlsPeers.client(), protocol),
                        TlsPeers.speaking(TlsPeers.server(), protocol));
        return new Ends(pair.client(), pair.server());
    }
}
