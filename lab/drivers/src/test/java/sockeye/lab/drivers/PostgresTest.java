// SPDX-License-Identifier: Apache-2.0
package sockeye.lab.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;

import sockeye.testkit.Task;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * PostgreSQL's JDBC driver over the Unix socket of a real server: nothing is said but the name of
 * the factory and the endpoint. The server is started here, as a user who may not do much, and has
 * no port.
 */
@Tag("H7")
@Timeout(120)
class PostgresTest {
    private static Path directory;
    private static Path programs;

    @BeforeAll
    static void startPostgres() throws Exception {
        try (Stream<Path> versions = Files.list(Path.of("/usr/lib/postgresql"))) {
            programs = versions.max(Comparator.naturalOrder()).orElseThrow().resolve("bin");
        } catch (IOException none) {
            Program.missing("PostgreSQL is not installed");
        }
        directory = Files.createTempDirectory("sockeye-postgres");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        if (isRoot()) {
            Program.run(directory, "chown", "postgres", directory.toString());
        }
        run(
                "initdb",
                "-D",
                data(),
                "-U",
                "tester",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
                "--no-sync");
        String options =
                "-c listen_addresses= -c fsync=off -c shared_buffers=1MB -c max_connections=20"
                        + " -k "
                        + directory;
        run("pg_ctl", "-D", data(), "-l", directory + "/log", "-w", "-o", options, "start");
    }

    @AfterAll
    static void stopPostgres() throws Exception {
        if (directory == null) {
            return;
        }
        run("pg_ctl", "-D", data(), "-m", "immediate", "-w", "stop");
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    private static String data() {
        return directory + "/data";
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    /** A program of PostgreSQL, which refuses to be run by root. */
    private static void run(String program, String... words) throws Exception {
        var command = new ArrayList<String>();
        if (isRoot()) {
            command.addAll(
                    List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"));
        }
        command.add(programs.resolve(program).toString());
        command.addAll(List.of(words));
        Program.run(directory, command.toArray(String[]::new));
    }

    /** All that an administrator writes. */
    private static Connection connect(String... more) throws SQLException {
        var settings = new Properties();
        settings.setProperty("user", "tester");
        settings.setProperty("socketFactory", "sockeye.EndpointSocketFactory");
        settings.setProperty("socketFactoryArg", "unix:" + directory + "/.s.PGSQL.5432");
        for (int i = 0; i < more.length; i += 2) {
            settings.setProperty(more[i], more[i + 1]);
        }
        return DriverManager.getConnection("jdbc:postgresql://localhost/postgres", settings);
    }

    @Test
    void theServerSeesAUnixSocket() throws Exception {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("select inet_client_addr(), current_user, 6 * 7")) {
            assertTrue(row.next());
            assertNull(row.getString(1));
            assertEquals("tester", row.getString(2));
            assertEquals(42, row.getInt(3));
        }
    }

    @Test
    void muchGoesBothWays() throws Exception {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("create temporary table much (id int, text text)");
            var rows = new StringBuilder();
            for (int i = 0; i < 50_000; i++) {
                rows.append(i).append('\t').append("x".repeat(40)).append('\n');
            }
            var copies = connection.unwrap(PGConnection.class).getCopyAPI();
            assertEquals(
                    50_000, copies.copyIn("copy much from stdin", new StringReader("" + rows)));
            var out = new StringWriter();
            assertEquals(50_000, copies.copyOut("copy much to stdout", out));
            assertEquals("" + rows, out.toString());
            connection.setAutoCommit(false);
            statement.setFetchSize(1_000);
            int count = 0;
            try (ResultSet all = statement.executeQuery("select * from much")) {
                while (all.next()) {
                    count++;
                }
            }
            assertEquals(50_000, count);
        }
    }

    @Test
    void aQueryIsCancelledByASecondConnection() throws Exception {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            var query = Task.call(() -> statement.execute("select pg_sleep(60)")).parked();
            Task.until(
                    "the query runs",
                    () -> {
                        try (Connection other = connect();
                                Statement asking = other.createStatement();
                                ResultSet row =
                                        asking.executeQuery(
                                                "select count(*) from pg_stat_activity"
                                                        + " where query like 'select pg_sleep%'")) {
                            return row.next() && row.getInt(1) == 1;
                        } catch (SQLException failed) {
                            throw new AssertionError(failed);
                        }
                    });
            statement.cancel();
            assertEquals("57014", query.failure(SQLException.class).getSQLState());
            assertTrue(connection.isValid(10));
        }
    }

    @Test
    void aSocketTimeoutEndsAQuery() throws Exception {
        try (Connection connection = connect("socketTimeout", "1");
                Statement statement = connection.createStatement()) {
            var late =
                    assertThrows(
                            SQLException.class, () -> statement.execute("select pg_sleep(60)"));
            assertInstanceOf(SocketTimeoutException.class, late.getCause());
            assertTrue(connection.isClosed());
        }
    }

    @Test
    void anAbortedConnectionWakesItsReader() throws Exception {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            var query = Task.call(() -> statement.execute("select pg_sleep(60)")).parked();
            connection.abort(Runnable::run);
            query.failure(SQLException.class);
            assertTrue(connection.isClosed());
        }
    }

    @Test
    void notificationsArriveWhileItWaits() throws Exception {
        try (Connection listening = connect();
                Connection telling = connect();
                Statement one = listening.createStatement();
                Statement other = telling.createStatement()) {
            one.execute("listen news");
            var driver = listening.unwrap(PGConnection.class);
            assertEquals(0, driver.getNotifications(20).length);
            var waiting = Task.call(() -> driver.getNotifications(30_000)).parked();
            other.execute("notify news, 'hello'");
            assertEquals("hello", waiting.join()[0].getParameter());
            assertEquals(0, driver.getNotifications().length);
        }
    }

    @Test
    void manyConnectionsAtOnce() throws Exception {
        var tasks = new ArrayList<Task<Integer>>();
        for (int i = 0; i < 10; i++) {
            int mine = i;
            tasks.add(
                    Task.call(() -> {
                        int sum = 0;
                        for (int n = 0; n < 20; n++) {
                            try (Connection connection = connect();
                                    Statement statement = connection.createStatement();
                                    ResultSet row = statement.executeQuery("select " + mine)) {
                                assertTrue(row.next());
                                sum += row.getInt(1);
                            }
                        }
                        return sum;
                    }));
        }
        for (int i = 0; i < 10; i++) {
            assertEquals(20 * i, tasks.get(i).join());
        }
    }

    @Test
    void whereNobodyListensTheErrorSaysWhere() {
        var refused =
                assertThrows(
                        SQLException.class,
                        () -> connect("socketFactoryArg", "unix:" + directory + "/nobody"));
        assertTrue(refused.getCause().getMessage().contains("/nobody"), refused.toString());
        assertFalse(refused.getCause().getMessage().isEmpty());
    }
}
