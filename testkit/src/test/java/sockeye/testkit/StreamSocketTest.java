// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.StreamSocket;

import java.io.IOException;
import java.util.Map;

/** Bytes over every family of streams. */
@ParameterizedClass
@MethodSource("sockeye.testkit.TestFamily#streams")
@ExtendWith(NoLeaks.class)
class StreamSocketTest extends ByteStreamContract {
    @Parameter TestFamily family;

    @BeforeEach
    void require() {
        family.require();
    }

    @Override
    public Map<Ability, String> lacks() {
        return family.lacks();
    }

    @Override
    protected Ends open() throws IOException {
        var pair = family.connect();
        return new Ends(StreamSocket.of(pair.left()), StreamSocket.of(pair.right()));
    }
}
