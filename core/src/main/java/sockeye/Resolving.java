// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.wait.LookupThreads;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/** The resolvers that come with us. */
final class Resolving {
    static final NameResolver SYSTEM = Resolving::byLibrary;
    static final NameResolver JDK = Resolving::byJdk;

    private static volatile NameResolver processDefault = SYSTEM;

    /** As many as {@link Lookups} has for the library. */
    private static final class ForTheJdk {
        static final LookupThreads THREADS = new LookupThreads("sockeye-lookup-jdk-", 32, 1024);
    }

    private Resolving() {}

    static NameResolver processDefault() {
        return processDefault;
    }

    static synchronized NameResolver processDefault(NameResolver resolver) {
        NameResolver before = processDefault;
        processDefault = resolver;
        return before;
    }

    private static List<InetEndpoint> byLibrary(
            String host, int port, int family, Deadline deadline) throws IOException {
        // One type, or every address comes once for each.
        var query = AddressQuery.of(host, null).withFamily(family).withType(SocketType.SOCK_STREAM);
        List<InetEndpoint> found = new ArrayList<>();
        for (AddressInfo info : NameService.getAddrInfo(query, deadline)) {
            found.add(info.endpoint().withPort(port));
        }
        return found;
    }

    private static List<InetEndpoint> byJdk(String host, int port, int family, Deadline deadline)
            throws IOException {
        InetAddress[] addresses =
                Lookups.await(ForTheJdk.THREADS, host, deadline, () -> allByName(host));
        List<InetEndpoint> found = new ArrayList<>();
        for (InetAddress address : addresses) {
            var endpoint = InetEndpoint.of(new java.net.InetSocketAddress(address, port));
            if (family == AddressFamily.AF_UNSPEC || family == endpoint.family()) {
                found.add(endpoint);
            }
        }
        if (found.isEmpty()) {
            throw new ResolveFailure(host, EaiCode.EAI_ADDRFAMILY);
        }
        return found;
    }

    private static InetAddress[] allByName(String host) throws IOException {
        try {
            return InetAddress.getAllByName(host);
        } catch (UnknownHostException unknown) {
            var failure = new ResolveFailure(host, EaiCode.EAI_NONAME);
            failure.initCause(unknown);
            throw failure;
        }
    }
}
