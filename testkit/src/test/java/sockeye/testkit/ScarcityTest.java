// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.AddressFamily;
import sockeye.Ancillary;
import sockeye.Endpoint;
import sockeye.ErrnoFailure;
import sockeye.LinuxSocket;
import sockeye.MessageFlag;
import sockeye.testkit.FaultyKernel.Fault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * A kernel that runs out of descriptors and of memory, which the caller sees: he tries again, and
 * nothing was lost, and nothing leaks.
 */
@ExtendWith(NoLeaks.class)
class ScarcityTest {
    private static final Set<Integer> SCARCE = Set.of(12, 23, 24, 105);

    private FaultyKernel faults;

    @BeforeEach
    void install() throws IOException {
        faults =
                FaultyKernel.install(UnderFaults.seed())
                        .with(Fault.EINTR, 0.05)
                        .with(Fault.EAGAIN, 0.05)
                        .with(Fault.SHORT_READ, 0.1)
                        .with(Fault.SHORT_WRITE, 0.1)
                        .with(Fault.EMFILE, 0.1)
                        .with(Fault.ENFILE, 0.1)
                        .with(Fault.ENOBUFS, 0.1)
                        .with(Fault.ENOMEM, 0.1);
    }

    @AfterEach
    void restore() {
        faults.close();
    }

    private interface Call<T> {
        T make() throws Exception;
    }

    /** Tries until there is enough. */
    private static <T> T patiently(Call<T> call) throws Exception {
        while (true) {
            try {
                return call.make();
            } catch (IOException failed) {
                if (!(failed instanceof ErrnoFailure errno)
                        || !SCARCE.contains(errno.errno().number())) {
                    throw failed;
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.testkit.TestFamily#streams")
    void aSenderThatGoesOnWhereItStoppedLosesNothing(TestFamily family) throws Exception {
        family.require();
        byte[] sent = new byte[1_000_000];
        new SplittableRandom(1).nextBytes(sent);
        try (LinuxSocket.Pair pair = patiently(family::connect)) {
            var sender =
                    Task.run(() -> {
                        ByteBuffer rest = ByteBuffer.wrap(sent);
                        while (rest.hasRemaining()) {
                            patiently(() -> {
                                pair.left().sendAll(rest, 0);
                                return rest;
                            });
                        }
                    });
            assertArrayEquals(sent, pair.right().recv(sent.length, MessageFlag.MSG_WAITALL));
            sender.join();
        } catch (Throwable failed) {
            System.err.println("*** " + faults);
            throw failed;
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.testkit.TestFamily#listening")
    void aConnectionThatCouldNotBeAcceptedIsStillThere(TestFamily family) throws Exception {
        family.require();
        try (LinuxSocket listener = patiently(() -> family.listen(20))) {
            for (int i = 0; i < 20; i++) {
                byte mark = (byte) i;
                try (LinuxSocket client = patiently(family::client)) {
                    Endpoint peer = family.reachable(listener);
                    var connecting = Task.run(() -> client.connect(peer));
                    try (LinuxSocket accepted = patiently(() -> listener.accept().socket())) {
                        connecting.join();
                        patiently(() -> client.send(new byte[] {mark}));
                        assertEquals(mark, accepted.recv(1)[0]);
                    }
                }
            }
        }
        assertTrue(faults.count(Fault.EMFILE) + faults.count(Fault.ENFILE) > 0);
    }

    @ParameterizedTest
    @MethodSource("sockeye.testkit.TestFamily#messages")
    void messagesAndDescriptorsArriveOnce(TestFamily family) throws Exception {
        family.require();
        try (LinuxSocket.Pair pair = patiently(family::connect)) {
            for (int i = 0; i < 100; i++) {
                byte mark = (byte) i;
                List<Ancillary> beside =
                        family.family() == AddressFamily.AF_UNIX
                                ? List.of(Ancillary.Rights.of(pair.left()))
                                : List.of();
                patiently(() ->
                        pair.left()
                                .sendMsg(
                                        new ByteBuffer[] {ByteBuffer.wrap(new byte[] {mark})},
                                        beside,
                                        0));
                try (var received = pair.right().recvMsg(10, 100, 0)) {
                    assertEquals(mark, received.payload().get(0));
                    assertEquals(beside.size(), received.descriptors().size());
                }
            }
        }
    }
}
