// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.MessageSocket;

import java.io.IOException;
import java.util.Map;

/** Messages over every family of datagrams and records. */
@ParameterizedClass
@MethodSource("sockeye.testkit.TestFamily#messages")
@ExtendWith(NoLeaks.class)
class MessageSocketTest extends MessageSocketContract {
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
        return new Ends(MessageSocket.of(pair.left()), MessageSocket.of(pair.right()));
    }
}
