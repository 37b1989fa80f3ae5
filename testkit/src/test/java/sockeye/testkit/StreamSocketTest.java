// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.StreamSocket;

import java.io.IOException;

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

    /** Multipath TCP hopes for another path. */
    @Override
    protected boolean noticesThatNobodyReads() {
        return family != TestFamily.MPTCP;
    }

    @Override
    protected Ends open() throws IOException {
        var pair = family.connect();
        return new Ends(StreamSocket.of(pair.left()), StreamSocket.of(pair.right()));
    }
}
