// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.AddressFamily;
import sockeye.InetEndpoint;
import sockeye.NameResolver;
import sockeye.reactor.internal.WaitingResolver;

import java.util.List;

/**
 * From host names to addresses, for what a reactor connects to: {@link
 * ReactorSettings#withResolver}. It begins and returns; answers come when they come, several one
 * after the other if it likes, and are tried as they come. A resolver of DNS that is a protocol of
 * the reactor's own stands in here, a table, or a {@link NameResolver}, which waits.
 *
 * <p>An address as text is never asked about. Who listens asks core's {@link
 * NameResolver#current()}, and waits.
 */
@FunctionalInterface
public interface HostResolver {
    /**
     * What is to be found.
     *
     * @param host a name, not an address as text
     * @param port to be put into the endpoints; a resolver that finds ports itself, of SRV records
     *     say, may put in another
     * @param family {@link AddressFamily#AF_INET}, {@link AddressFamily#AF_INET6}, or {@link
     *     AddressFamily#AF_UNSPEC} for both; others that are found are passed over
     */
    record Question(String host, int port, int family) {}

    /** Who is told what is found. Any thread; after the end, or once cancelled, nobody listens. */
    interface Answers {
        /** Some were found, in the order of preference; RFC 6724 has the rules. */
        void found(List<InetEndpoint> addresses);

        /** That was all. */
        void complete();

        /**
         * No more can be found. Those found before are still tried.
         *
         * @param why {@link sockeye.ResolveFailure} says it with a code
         */
        void failed(Throwable why);
    }

    /** A look-up that has begun. */
    @FunctionalInterface
    interface Search {
        /** Nobody wants to know any more. Called at most once, on the reactor's thread. */
        void cancel();
    }

    /**
     * Begins a look-up. Called on the reactor's thread, where it may not wait.
     *
     * @throws Exception if nothing can be found
     */
    Search begin(Reactor reactor, Question question, Answers answers) throws Exception;

    /**
     * Asks core's {@link NameResolver#current()}, the one in force for the thread that connects:
     * the C library, unless somebody has said otherwise. In a simulator it knows {@code localhost}
     * alone.
     */
    static HostResolver standard() {
        return WaitingResolver.STANDARD;
    }

    /**
     * Asks one that waits, on a virtual thread, which is interrupted when nobody wants to know any
     * more.
     */
    static HostResolver of(NameResolver resolver) {
        return WaitingResolver.of(resolver, AddressFamily.AF_UNSPEC);
    }

    /**
     * The same, asked for IPv6 and for IPv4 at once, so that a slow answer for the one does not
     * keep the other waiting: RFC 8305 section 3. It fails if both do.
     */
    static HostResolver eachFamily(NameResolver resolver) {
        return WaitingResolver.of(resolver, AddressFamily.AF_INET6, AddressFamily.AF_INET);
    }
}
