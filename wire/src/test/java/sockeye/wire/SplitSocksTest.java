// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.Size;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Both machines over damaged dialogues and noise: what comes of them is the same however the bytes
 * are cut. And the two with each other.
 */
@Tag("D4-14")
class SplitSocksTest {
    private static final List<SocksCall> CALLS =
            List.copyOf(SocksClientMachineTest.SERVERS.keySet());

    @Provide
    Arbitrary<byte[]> damagedClients() {
        var all = new ArrayList<>(SocksTalk.CLIENTS);
        all.addAll(SocksTalk.LOGINS);
        return damaged(all);
    }

    @Provide
    Arbitrary<byte[]> damagedServers() {
        return damaged(List.copyOf(SocksClientMachineTest.SERVERS.values()));
    }

    private static Arbitrary<byte[]> damaged(List<byte[]> whole) {
        var damage =
                Combinators.combine(
                                Arbitraries.integers().between(0, 30),
                                Arbitraries.integers().between(0, 255))
                        .as((at, value) -> new int[] {at, value});
        return Combinators.combine(Arbitraries.of(whole), damage.list().ofMaxSize(3))
                .as((dialogue, all) -> {
                    byte[] bytes = dialogue.clone();
                    for (int[] each : all) {
                        bytes[each[0] % bytes.length] = (byte) each[1];
                    }
                    return bytes;
                });
    }

    private interface Outcome {
        String of(java.util.function.IntSupplier pieces);
    }

    private static void sameInAllPieces(Outcome outcome, long seed) {
        String whole = outcome.of(SocksTalk.pieces(Integer.MAX_VALUE / 2));
        for (int piece : new int[] {0, 1, 2, 7}) {
            same(whole, outcome.of(SocksTalk.pieces(piece)));
        }
        var random = new Random(seed);
        same(whole, outcome.of(() -> 1 + random.nextInt(9)));
    }

    private static void same(String whole, String pieces) {
        if (!pieces.equals(whole)) {
            throw new AssertionError("in pieces: " + pieces + ", at once: " + whole);
        }
    }

    @Property(tries = 4_000, seed = "14")
    void aDamagedClientIsReadTheSameInAllPieces(
            @ForAll("damagedClients") byte[] bytes, @ForAll boolean logins, @ForAll long seed) {
        sameInAllPieces(pieces -> SocksTalk.toServer(logins, bytes, pieces), seed);
    }

    @Property(tries = 4_000, seed = "15")
    void aDamagedServerIsReadTheSameInAllPieces(
            @ForAll("damagedServers") byte[] bytes, @ForAll long seed) {
        for (SocksCall call : CALLS) {
            sameInAllPieces(pieces -> SocksTalk.toClient(call, bytes, pieces), seed);
        }
    }

    @Property(tries = 2_000, seed = "16")
    void noiseBehindAVersionIsReadTheSameInAllPieces(
            @ForAll @Size(max = 600) byte[] noise, @ForAll boolean four, @ForAll long seed) {
        byte[] client = SocksTalk.bytes(four ? 4 : 5, 1, noise);
        sameInAllPieces(pieces -> SocksTalk.toServer(false, client, pieces), seed);
        byte[] server = SocksTalk.bytes(5, 0, 5, 0, 0, noise);
        sameInAllPieces(pieces -> SocksTalk.toClient(CALLS.getFirst(), server, pieces), seed);
    }

    @Provide
    Arbitrary<SocksCall> calls() {
        Arbitrary<Integer> ports = Arbitraries.integers().between(0, 0xFFFF);
        Arbitrary<String> names =
                Arbitraries.strings().withCharRange('a', 'z').ofMinLength(1).ofMaxLength(253);
        Arbitrary<String> texts = Arbitraries.strings().alpha().numeric().ofMaxLength(255);
        Arbitrary<SocksCall> version4 =
                Combinators.combine(names, ports, texts)
                        .as((name, port, user) -> SocksCall.to(name, port).byVersion4(user));
        Arbitrary<SocksCall> named =
                Combinators.combine(names, ports, texts, texts)
                        .as((name, port, user, password) ->
                                SocksCall.to(name, port).withLogin(user, password));
        Arbitrary<SocksCall> addressed =
                Combinators.combine(
                                Arbitraries.bytes().array(byte[].class).ofSize(16),
                                Arbitraries.of(4, 16),
                                ports)
                        .as((bytes, length, port) ->
                                SocksCall.to(
                                        new SocksAddress.Numeric(
                                                sockeye.IpAddress.of(
                                                        java.util.Arrays.copyOf(bytes, length)),
                                                port)));
        return Arbitraries.oneOf(version4, named, addressed);
    }

    /** Each says a few bytes at a time, and what is said behind arrives behind. */
    @Property(tries = 2_000, seed = "17")
    void theTwoUnderstandEachOther(@ForAll("calls") SocksCall call, @ForAll long seed) {
        var random = new Random(seed);
        boolean logins = call.version() == 5 && call.login() != null;
        var client = new SocksClientMachine(call);
        var server = new SocksServerMachine(logins);
        var toServer = new Pipe();
        var toClient = new Pipe();
        boolean served = false;
        boolean done = false;
        while (!served || !done) {
            switch (client.next(toClient.some(random))) {
                case SEND -> toServer.add(client.output());
                case MORE -> {}
                case DONE -> done = true;
                case LOGIN, REQUEST, REFUSED -> throw new AssertionError("" + client.refusal());
            }
            switch (server.next(toServer.some(random))) {
                case SEND -> toClient.add(server.output());
                case MORE -> {}
                case LOGIN -> {
                    if (!server.login().equals(call.login())) {
                        throw new AssertionError(server.login());
                    }
                    server.accept();
                }
                case REQUEST -> {
                    SocksRequest asked = server.request();
                    SocksLogin login = call.login();
                    String user = login == null ? "" : login.user();
                    if (!asked.destination().equals(call.destination())
                            || !asked.user().equals(user)
                            || asked.version() != call.version()) {
                        throw new AssertionError(call + " is heard as " + asked);
                    }
                    server.answer(SocksReply.GRANTED, SocksTalk.BOUND);
                }
                case DONE -> served = true;
                case REFUSED -> throw new AssertionError(call + ": " + server.refusal());
            }
        }
        if (!client.bound().equals(SocksTalk.BOUND)) {
            throw new AssertionError(client.bound());
        }
    }

    /** Bytes on their way. */
    private static final class Pipe {
        private final ByteArrayOutputStream all = new ByteArrayOutputStream();
        private ByteBuffer shown = ByteBuffer.allocate(0);
        private int from;

        void add(ByteBuffer more) {
            byte[] copy = new byte[more.remaining()];
            more.get(copy);
            all.writeBytes(copy);
        }

        ByteBuffer some(Random random) {
            from += shown.position();
            byte[] bytes = all.toByteArray();
            int count = Math.min(bytes.length - from, random.nextInt(40));
            shown = ByteBuffer.wrap(bytes, from, count).slice();
            return shown;
        }
    }
}
