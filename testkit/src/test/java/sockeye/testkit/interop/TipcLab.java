// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import sockeye.AddressFamily;
import sockeye.LinuxSocket;
import sockeye.SocketType;
import sockeye.TipcEndpoint;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/** Skips a class of tests where the kernel has no TIPC; the lab kernel has it. */
final class TipcLab implements BeforeAllCallback {
    private static final AtomicLong TYPES = new AtomicLong(40_000);

    /** A service type that no other test uses. */
    static long freshType() {
        return TYPES.incrementAndGet();
    }

    /** A service that nobody offers yet. */
    static TipcEndpoint.Service freshService() {
        return TipcEndpoint.service(freshType(), 17);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        try (var socket = LinuxSocket.socket(AddressFamily.AF_TIPC, SocketType.SOCK_RDM)) {
            Assumptions.assumeTrue(socket.isOpen());
        } catch (IOException lacking) {
            Assumptions.abort(
                    "this kernel has no TIPC ("
                            + lacking.getMessage()
                            + "): lab/lab-tests runs it");
        }
    }
}
