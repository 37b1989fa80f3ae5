// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import sockeye.Endpoint;
import sockeye.Role;
import sockeye.server.Server;
import sockeye.server.ServerStatistics;
import sockeye.server.StopReport;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/** One socket that is served, by whichever engine. */
interface Served {
    /** Where. */
    Endpoint local() throws IOException;

    /** The socket. */
    Role source();

    /** The socket, as what is handed over. */
    default List<Role> sources() {
        return List.of(source());
    }

    /** Stops, finishing what is in flight for so long. A second call tells how it was. */
    StopReport stop(Duration drain);

    /** Somebody else has the socket: who is connected may stay for so long. */
    StopReport retire(Duration stay, Duration lastCall);

    /** Stops at once. */
    default void close() {
        stop(Duration.ZERO);
    }

    /** How many connections were not let in. */
    long turnedAway();

    /** What became of datagrams. */
    ServerStatistics.Datagrams datagrams();

    /** Those that threads serve. */
    static List<Server> onThreads(Collection<Served> all) {
        return all.stream()
                .filter(OnThreads.class::isInstance)
                .map(each -> ((OnThreads) each).server())
                .toList();
    }

    /** Served by threads. */
    record OnThreads(Server server) implements Served {
        @Override
        public Endpoint local() throws IOException {
            return server.local();
        }

        @Override
        public Role source() {
            return server.source();
        }

        @Override
        public List<Role> sources() {
            return List.copyOf(server.sources());
        }

        @Override
        public StopReport stop(Duration drain) {
            return server.stop(drain);
        }

        @Override
        public StopReport retire(Duration stay, Duration lastCall) {
            return server.retire(stay, lastCall);
        }

        @Override
        public void close() {
            server.close();
        }

        @Override
        public long turnedAway() {
            return server.statistics().connections().rejected().values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
        }

        @Override
        public ServerStatistics.Datagrams datagrams() {
            return server.statistics().datagrams();
        }
    }
}
