// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static sockeye.AddressFamily.AF_UNIX;

import org.jspecify.annotations.Nullable;

import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.LinuxSocket;
import sockeye.SoOption;
import sockeye.wire.AccessRules;
import sockeye.wire.Admission;
import sockeye.wire.AdmissionLimits;
import sockeye.wire.PeerKey;
import sockeye.wire.Rejection;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Who may come in, of all endpoints of a server together.
 *
 * <p>A place comes first, then the rate in all: what has none waits in the backlog. Who it is, is
 * known only when it has been accepted; then it is admitted, or told why not by a thread of its
 * own, of which there are at most {@value #TELLERS}: in a flood the others are closed at once.
 */
final class Door {
    private static final int TELLERS = 256;

    private final Server server;
    private final AccessRules access;
    private final AdmissionLimits limits;
    private final RejectionNotice notice;
    private final Duration linger;
    private final List<ProxyLayer> proxies;
    private final Semaphore places;
    private final Semaphore tellers = new Semaphore(TELLERS);
    private final Admission admission;
    private final Map<Rejection, LongAdder> rejected = new EnumMap<>(Rejection.class);

    Door(Server server) {
        ServerSettings settings = server.settings();
        this.server = server;
        this.access = settings.access();
        this.limits = settings.limits().admission();
        this.notice = settings.notice();
        this.linger = settings.linger();
        this.proxies =
                settings.layers().stream()
                        .filter(ProxyLayer.class::isInstance)
                        .map(ProxyLayer.class::cast)
                        .toList();
        this.places = new Semaphore(Math.min(limits.connections(), settings.threads().most()));
        this.admission = new Admission(limits);
        for (Rejection each : Rejection.values()) {
            rejected.put(each, new LongAdder());
        }
    }

    /** Waits for a place, and until the rate allows one more. {@link #freePlace} gives it back. */
    void awaitPlace() throws InterruptedException {
        places.acquire();
        try {
            long nanos;
            while ((nanos = admission.delay(System.nanoTime())) > 0) {
                TimeUnit.NANOSECONDS.sleep(nanos);
            }
        } catch (InterruptedException | RuntimeException | Error failed) {
            places.release();
            throw failed;
        }
    }

    /** Has a place counted as taken by who does not wait for one. */
    void takePlace() {
        if (!places.tryAcquire()) {
            throw new IllegalStateException("no place");
        }
    }

    void freePlace() {
        places.release();
    }

    /** The same for one that was admitted. */
    void leave(@Nullable PeerKey who) {
        if (who != null) {
            admission.left(who, System.nanoTime());
        }
        freePlace();
    }

    /** The outcome: whom it counts for, or why it is rejected. */
    record Verdict(@Nullable PeerKey who, @Nullable Rejection rejection) {
        private static final Verdict NOBODY = new Verdict(null, null);
    }

    /**
     * Judges one that has been accepted. A proxy that is trusted is nobody: it is the one whom it
     * names that has to be admitted, and all of those would count for it.
     */
    Verdict judge(LinuxSocket socket, @Nullable Endpoint peer) {
        for (ProxyLayer each : proxies) {
            if (each.trusts(peer, socket)) {
                return Verdict.NOBODY;
            }
        }
        if (socket.family() != AF_UNIX) {
            return judge(peer);
        }
        if (!access.hasUsers() && !admission.asksWho()) {
            return Verdict.NOBODY;
        }
        int uid;
        try {
            uid = socket.getOption(SoOption.PEER_CRED).uid();
        } catch (IOException unknown) {
            // Of a socket that is connected the kernel always knows; who cannot be asked for is
            // out.
            return new Verdict(null, Rejection.DENIED);
        }
        return access.allowsUid(uid)
                ? count(PeerKey.ofUid(uid))
                : new Verdict(null, Rejection.DENIED);
    }

    /** Judges one that only its address is known of. */
    private Verdict judge(@Nullable Endpoint peer) {
        if (!access.allows(peer)) {
            return new Verdict(null, Rejection.DENIED);
        }
        return admission.asksWho() ? count(PeerKey.of(peer, limits.grouping())) : Verdict.NOBODY;
    }

    private Verdict count(@Nullable PeerKey who) {
        return who == null
                ? Verdict.NOBODY
                : new Verdict(who, admission.come(who, System.nanoTime()));
    }

    /**
     * Judges the one whom a proxy has named, in place of the proxy.
     *
     * @param carrier whom the connection has counted for
     */
    Verdict rejudge(@Nullable PeerKey carrier, @Nullable Endpoint peer) {
        Verdict verdict = judge(peer);
        if (verdict.rejection == null && carrier != null) {
            admission.left(carrier, System.nanoTime());
        }
        return verdict;
    }

    // Rejections.

    /** Counts and reports one. */
    void note(Endpoint local, @Nullable Endpoint peer, Rejection why) {
        count(why).increment();
        server.observe(observer -> observer.rejected(local, peer, why));
    }

    long rejected(Rejection why) {
        return count(why).sum();
    }

    private LongAdder count(Rejection why) {
        return Objects.requireNonNull(rejected.get(why));
    }

    private byte @Nullable [] words(Rejection why) {
        try {
            return notice.of(why);
        } catch (Throwable thrown) {
            System.getLogger("sockeye.server").log(System.Logger.Level.WARNING, "notice", thrown);
            return null;
        }
    }

    /** Closes a connection that was accepted and is rejected. Waits for nothing. */
    void turnAway(LinuxSocket socket, Rejection why) {
        byte[] words = words(why);
        if (words == null || !tellers.tryAcquire()) {
            close(socket);
            return;
        }
        try {
            Thread.ofVirtual()
                    .name("rejection")
                    .start(() -> {
                        try {
                            tell(socket, words);
                        } finally {
                            close(socket);
                            tellers.release();
                        }
                    });
        } catch (Throwable cannotStart) {
            tellers.release();
            close(socket);
        }
    }

    /** The same for one that has a thread, the calling one; the close is left to it. */
    void tell(LinuxSocket socket, Rejection why) {
        byte[] words = words(why);
        if (words != null) {
            tell(socket, words);
        }
    }

    private void tell(LinuxSocket socket, byte[] words) {
        try {
            socket.readDeadline(Deadline.NONE);
            socket.writeDeadline(Deadline.after(linger));
            socket.sendAll(words, 0, words.length, 0);
        } catch (IOException gone) {
            return;
        }
        Lingering.linger(socket, linger);
    }

    private static void close(LinuxSocket socket) {
        try {
            socket.close();
        } catch (IOException closedNevertheless) {
            // The descriptor is gone, and nobody waits for the error.
        }
    }

    /** Forgets whom nothing has to be known of any more. */
    void tidy(long now) {
        admission.forget(now);
    }

    /** Of how many peers anything is known. */
    int peers() {
        return admission.peers();
    }
}
