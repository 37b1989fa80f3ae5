// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * From a host name to addresses: what {@code connect} and {@code listen} ask for an {@link
 * EndpointSpec} with a name in it. A DNS library, a service registry or a test stands in by one
 * method.
 *
 * <p>Which one is asked: the one of {@link ConnectSettings}, else the one bound to {@link #SCOPED}
 * for the calling thread, else the process's own, {@link #useByDefault}, which is {@link #system()}
 * as long as nobody said otherwise. An address as text is never asked about.
 *
 * <p>What {@link java.net.spi.InetAddressResolver} is to the JDK, without its global reach: that
 * one is found by ServiceLoader, once for the whole process, behind a cache of the JDK's own. It is
 * not asked by {@link #system()}, but by {@link #jdk()}.
 *
 * <p>Nothing is remembered unless {@link #caching} is asked for.
 */
@FunctionalInterface
public interface NameResolver {
    /** The resolver for a scope: {@code ScopedValue.where(NameResolver.SCOPED, mine).call(…)}. */
    ScopedValue<NameResolver> SCOPED = ScopedValue.newInstance();

    /**
     * The addresses of a host.
     *
     * <p>Called by any thread, virtual ones included, several at a time. A resolver that blocks in
     * native code belongs on threads of its own, {@link #onThreads}; one that parks does not.
     *
     * @param host a name, not an address as text
     * @param port to be put into the endpoints; a resolver that finds ports itself, of SRV records
     *     say, may put in another
     * @param family {@link AddressFamily#AF_INET}, {@link AddressFamily#AF_INET6}, or {@link
     *     AddressFamily#AF_UNSPEC} for both
     * @param deadline by when an answer is wanted; later nobody waits for it
     * @return at least one, in the order of preference; RFC 6724 has the rules
     * @throws ResolveFailure if there is none, with a code that says why; any other {@link
     *     UnknownHostException} will do
     * @throws IOException if the answer cannot be had
     */
    List<InetEndpoint> resolve(String host, int port, int family, Deadline deadline)
            throws IOException;

    /**
     * The C library's: getaddrinfo(3), on threads of its own; see {@link NameService}. It asks for
     * addresses of every family, without AI_ADDRCONFIG: a family that this host cannot reach costs
     * one failed attempt, and {@code localhost} is what {@code /etc/hosts} says.
     */
    static NameResolver system() {
        return Resolving.SYSTEM;
    }

    /**
     * The JDK's: {@link InetAddress#getAllByName}, with its cache, its {@link
     * java.net.spi.InetAddressResolver} and its properties, on the same kind of threads. Its
     * failures have no code of the library's and are EAI_NONAME here.
     */
    static NameResolver jdk() {
        return Resolving.JDK;
    }

    /** The one in force for the calling thread: the scope's, or else the process's. */
    static NameResolver current() {
        return SCOPED.isBound() ? SCOPED.get() : Resolving.processDefault();
    }

    /**
     * Sets the process's resolver, for everybody who says nothing else. A library leaves that to
     * the program it is used by.
     *
     * @return the one before
     */
    static NameResolver useByDefault(NameResolver resolver) {
        return Resolving.processDefault(resolver);
    }

    /**
     * This resolver on platform threads of its own, a bounded number: for one that blocks in native
     * code, or takes no notice of deadlines and interrupts. Its callers do: they get their
     * exception at once, while the look-up goes on, interrupted, and its thread counts as taken
     * until it has come back. The threads are made when needed, and end after ten seconds of
     * idleness.
     *
     * @param threads how many look-ups may run at once, at least 1
     * @param waiting how many more may wait for their turn, 0 or more; a further one fails at once
     *     with EAI_AGAIN
     */
    default NameResolver onThreads(int threads, int waiting) {
        return new ThreadedResolver(this, threads, waiting);
    }

    /**
     * This resolver with a memory: an answer serves for so long as the answer to the same question.
     * Failures are not remembered. Several that ask the same at the same time each ask.
     *
     * @param time how long, more than nothing. The library does not tell the records' own time to
     *     live.
     * @param most how many answers to keep, at least 1; the one unused for longest goes first
     */
    default NameResolver caching(Duration time, int most) {
        return new CachingResolver(this, time, most);
    }

    /**
     * All endpoints that a spec means, without those that come twice: of a name those that this
     * resolver gives; of a literal address that, without asking.
     *
     * @throws IllegalStateException if its target is neither: see {@link EndpointSpec#toEndpoint}
     */
    default List<Endpoint> endpoints(EndpointSpec spec, Deadline deadline) throws IOException {
        return endpoints(spec, AddressFamily.AF_UNSPEC, deadline);
    }

    /**
     * The same for one family.
     *
     * @throws ResolveFailure EAI_ADDRFAMILY if the resolver gives none of that family
     */
    default List<Endpoint> endpoints(EndpointSpec spec, int family, Deadline deadline)
            throws IOException {
        if (!(spec.target() instanceof EndpointTarget.Host(String name, int port))) {
            return List.of(spec.toEndpoint());
        }
        Set<Endpoint> found = new LinkedHashSet<>();
        for (InetEndpoint each : resolve(name, port, family, deadline)) {
            if (family == AddressFamily.AF_UNSPEC || each.family() == family) {
                found.add(each);
            }
        }
        if (found.isEmpty()) {
            throw new ResolveFailure(name, EaiCode.EAI_ADDRFAMILY);
        }
        return new ArrayList<>(found);
    }
}
