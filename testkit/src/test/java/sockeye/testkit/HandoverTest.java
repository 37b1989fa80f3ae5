// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import sockeye.Ancillary;
import sockeye.Deadline;
import sockeye.EndpointSpec;
import sockeye.Handover;
import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.Message;
import sockeye.MessageSocket;
import sockeye.PassedDescriptor;
import sockeye.PipePair;
import sockeye.Predecessor;
import sockeye.Role;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Sockets that change hands, both of which are in this process. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@Tag("H4")
@SuppressWarnings("try") // to close at a certain moment is what is tested
class HandoverTest {
    @TempDir private Path directory;

    private UnixEndpoint place() {
        return UnixEndpoint.of(directory.resolve("control"));
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(20));
    }

    private interface Task<T> {
        T run() throws Exception;
    }

    private static <T> CompletableFuture<T> start(Task<T> task) {
        var done = new CompletableFuture<T>();
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        done.complete(task.run());
                    } catch (Throwable failed) {
                        done.completeExceptionally(failed);
                    }
                });
        return done;
    }

    private Predecessor find() throws IOException {
        return Predecessor.find(place(), soon()).orElseThrow();
    }

    @Test
    void whereNobodyServesThereIsNoPredecessor() throws Exception {
        assertEquals(Optional.empty(), Predecessor.find(place(), soon()));
        Handover.at(place()).close();
        assertTrue(Files.notExists(directory.resolve("control")));
        MessageSocket.bind(place()).close();
        assertEquals(Optional.empty(), Predecessor.find(place(), soon()));
    }

    @Test
    void aConnectionThatWaitsIsAcceptedByTheSuccessor() throws Exception {
        try (var old = Handover.at(place());
                var listener = Listener.stream(InetEndpoint.loopback(0))) {
            old.offer("web", listener);
            var successor = start(old::await);
            try (var client = StreamSocket.connect(listener.local());
                    var before = find()) {
                assertEquals(ProcessHandle.current().pid(), before.pid());
                Role taken = before.take("web").getFirst();
                before.ready(soon());
                successor.join().close();
                listener.close();
                try (var mine = assertInstanceOf(Listener.class, taken);
                        var served = (StreamSocket) mine.accept()) {
                    client.write("who is there?\n");
                    assertEquals("who is there?", served.reader().readLine());
                }
            }
        }
    }

    @Test
    void theFilesOfPathNamesAreTheSuccessorsFromThenOn() throws Exception {
        Path path = directory.resolve("service");
        Path datagrams = directory.resolve("datagrams");
        try (var old = Handover.at(place());
                var listener = Listener.seqpacket(UnixEndpoint.of(path));
                var messages = MessageSocket.bind(UnixEndpoint.of(datagrams))) {
            old.offer("rpc", listener).offer("log", messages);
            var successor = start(old::await);
            try (var before = find();
                    var next = Handover.after(before);
                    var rpc = (Listener<?>) before.take("rpc").getFirst();
                    var log = (MessageSocket) before.take("log").getFirst();
                    var sender = MessageSocket.open(1)) {
                sender.sendTo("sent before", log.local());
                before.ready(soon());
                successor.join().close();
                listener.close();
                messages.close();
                old.close();
                assertTrue(Files.exists(path) && Files.exists(datagrams));
                assertTrue(Files.exists(directory.resolve("control")) && next.isOpen());
                assertEquals(UnixEndpoint.of(path), rpc.local());
                try (var client = MessageSocket.connectSeqpacket(UnixEndpoint.of(path));
                        var served = (MessageSocket) rpc.accept()) {
                    client.send("still here");
                    assertEquals("still here", text(served));
                }
                assertEquals("sent before", text(log));
            }
            assertFalse(Files.exists(path) || Files.exists(datagrams));
            assertFalse(Files.exists(directory.resolve("control")));
        }
    }

    @Test
    void theFileOfAClientsNameGoesAlongToo() throws Exception {
        Path path = directory.resolve("service");
        Path name = directory.resolve("client");
        try (var old = Handover.at(place());
                var listener = Listener.stream(UnixEndpoint.of(path));
                var client =
                        StreamSocket.connect(
                                EndpointSpec.parse("unix:" + path + "?bind=" + name))) {
            old.offer("upstream", client);
            var successor = start(old::await);
            try (var before = find();
                    var taken = (StreamSocket) before.take("upstream").getFirst();
                    var served = listener.accept()) {
                before.ready(soon());
                successor.join().close();
                client.close();
                assertTrue(Files.exists(name));
                taken.write("still here\n");
                assertEquals("still here", served.reader().readLine());
                assertEquals(UnixEndpoint.of(name), served.peer());
            }
            assertFalse(Files.exists(name));
        }
    }

    private static String text(MessageSocket from) throws IOException {
        try (Message message = from.receive(ByteBuffer.allocate(100))) {
            return StandardCharsets.UTF_8.decode(message.payload()).toString();
        }
    }

    @Test
    void whoDiesBeforeHeIsReadyIsNoSuccessor() throws Exception {
        Path path = directory.resolve("service");
        try (var old = Handover.at(place());
                var listener = Listener.stream(UnixEndpoint.of(path))) {
            old.offer("x", listener);
            var successor = start(old::await);
            for (int i = 0; i < 3; i++) {
                try (var before = find();
                        var taken = before.take("x").getFirst()) {
                    assertTrue(taken.socket().isOpen());
                }
                assertTrue(Files.exists(path), "the file of a living listener is gone");
                try (var client = StreamSocket.connect(UnixEndpoint.of(path));
                        var served = listener.accept()) {
                    assertTrue(client.isOpen() && served.isOpen());
                }
            }
            try (var before = find()) {
                before.ready(soon());
                assertFalse(Files.exists(path), "nobody wanted it, nobody serves it");
                successor.join().report("done");
                successor.join().close();
                assertEquals(Optional.of("done"), before.awaitEnd(soon()));
            }
        }
    }

    @Test
    void whoIsReadyTooLateMustNotServe() throws Exception {
        Path path = directory.resolve("service");
        try (var old = Handover.at(place()).withPatience(Duration.ofMillis(30));
                var listener = Listener.stream(UnixEndpoint.of(path))) {
            old.offer("x", listener);
            var successor = start(old::await);
            try (var late = find();
                    var taken = late.take("x").getFirst()) {
                assertTrue(taken.socket().isOpen());
                // The next one is served only when this one was given up.
                find().close();
                var refused = assertThrows(IOException.class, () -> late.ready(soon()));
                assertTrue(refused.getMessage().contains("goes on"), refused.getMessage());
            }
            assertTrue(Files.exists(path));
            old.close();
            assertThrows(CompletionException.class, successor::join);
        }
    }

    @Test
    void nonsenseIsAnsweredAndEndsNothing() throws Exception {
        try (var old = Handover.at(place())) {
            var successor = start(old::await);
            for (String nonsense :
                    new String[] {"", "hello", "sockeye-handover READY\n", "x".repeat(30_000)}) {
                try (var stranger = MessageSocket.connectSeqpacket(place())) {
                    stranger.send(nonsense);
                    String answer = text(stranger);
                    assertTrue(
                            nonsense.isEmpty() || answer.contains("ABANDONED"),
                            nonsense.length() + ": " + answer);
                } catch (NullPointerException hungUp) {
                    assertEquals("", nonsense);
                }
            }
            try (var stranger = MessageSocket.connectSeqpacket(place())) {
                stranger.send("sockeye-handover TAKE\nVERSIONS=2 3\n");
                assertTrue(text(stranger).contains("REFUSED"));
            }
            try (var stranger = MessageSocket.connectSeqpacket(place());
                    var pipe = PipePair.open()) {
                stranger.send(
                        ByteBuffer.wrap("sockeye-handover TAKE\n".getBytes(StandardCharsets.UTF_8)),
                        List.of(Ancillary.Rights.of(pipe.reader())));
                assertTrue(text(stranger).contains("ABANDONED"));
            }
            try (var before = find()) {
                before.ready(soon());
                successor.join().close();
            }
        }
    }

    @Test
    void stateOfAnyKindGoesAlong() throws Exception {
        try (var old = Handover.at(place());
                var pipe = PipePair.open()) {
            old.offerState("notes", pipe.reader());
            var successor = start(old::await);
            pipe.writer().write(ByteBuffer.wrap(new byte[] {42}));
            try (var before = find()) {
                assertEquals(List.of(), before.names());
                try (PassedDescriptor notes = before.takeState("notes").getFirst()) {
                    before.ready(soon());
                    successor.join().close();
                    var read = ByteBuffer.allocate(1);
                    assertEquals(1, notes.read(read));
                    assertEquals(42, read.get(0));
                }
            }
        }
    }

    @Test
    void closingGivesUpTheCandidateToo() throws Exception {
        try (var old = Handover.at(place())) {
            var successor = start(old::await);
            try (var before = find()) {
                old.close();
                assertThrows(IOException.class, () -> before.ready(soon()));
            }
            assertThrows(CompletionException.class, successor::join);
        }
    }

    @Test
    void acceptingNeverBlocksTheThreadWhateverTheOtherDoesToTheFlag() throws Exception {
        try (var old = Handover.at(place());
                var listener = Listener.stream(InetEndpoint.loopback(0))) {
            old.offer("web", listener);
            var successor = start(old::await);
            try (var before = find();
                    var mine = (Listener<?>) before.take("web").getFirst()) {
                // As a child that was started with it would have it.
                try (var other = PassedDescriptor.duplicate(mine)) {
                    other.setBlocking(true);
                }
                listener.deadline(Deadline.after(Duration.ofMillis(1)));
                // More than there are carriers: a blocked one would be missed.
                var waiting = new ArrayList<CompletableFuture<StreamSocket>>();
                for (int i = 0; i < Runtime.getRuntime().availableProcessors() + 2; i++) {
                    waiting.add(start(listener::accept));
                }
                for (var each : waiting) {
                    var late = assertThrows(CompletionException.class, each::join);
                    assertInstanceOf(SocketTimeoutException.class, late.getCause());
                }
                before.ready(soon());
                successor.join().close();
            }
        }
    }
}
