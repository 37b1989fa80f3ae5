// SPDX-License-Identifier: Apache-2.0

package sockeye.tidy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The launcher of the tree, in a tree of its own: its Maven and its JVM are scripts that say how
 * they were called. The directory's name has a blank in it.
 */
class LauncherTest {
    private static final String JVM =
            """
            #!/bin/sh
            for word; do
                case $word in -XX:AOTCacheOutput=*) : >"${word#*=}"; exit ;; esac
            done
            echo "pid $$"
            printf '<%s>\\n' "$@"
            """;
    private static final String MAVEN =
            """
            #!/bin/sh
            echo "$JAVA_HOME" >>maven.calls
            for word; do
                case $word in -Dimage=*) mkdir -p "${word#*=}" ;; esac
            done
            """;

    @TempDir private Path temporary;

    private final Map<String, String> environment = new HashMap<>();

    private Path root;
    private Path jdk;

    @BeforeEach
    void makeATree() throws IOException {
        root = Files.createDirectories(temporary.resolve("a clone"));
        var launcher = Tree.here().read("sockeye").text();
        script(root.resolve("sockeye"), launcher);
        script(root.resolve("mvnw"), MAVEN);
        for (var module : List.of("core", "wire", "server", "netlink", "reactor", "cli")) {
            write(root.resolve(module).resolve("pom.xml"), "");
            write(root.resolve(module).resolve("src/main/java/A.java"), "");
        }
        write(root.resolve("pom.xml"), "");
        jdk = jdk("jdk of today", "25.0.1");
    }

    @Test
    void theFirstStartBuildsAndTheSecondDoesNot() throws Exception {
        assertTrue(start("--version").output().contains("<--version>"));
        assertEquals(1, builds());
        assertTrue(start("--version").output().contains("<--version>"));
        assertEquals(1, builds());
    }

    @Test
    void aChangedSourceIsBuiltAnew() throws Exception {
        start("--version");
        var source = root.resolve("core/src/main/java/A.java");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
        start("--version");
        assertEquals(2, builds());
    }

    @Test
    void aRemovedSourceIsBuiltAnew() throws Exception {
        start("--version");
        Files.delete(root.resolve("core/src/main/java/A.java"));
        var directory = root.resolve("core/src/main/java");
        Files.setLastModifiedTime(directory, FileTime.from(Instant.now().plusSeconds(60)));
        start("--version");
        assertEquals(2, builds());
    }

    @Test
    void theProcessBecomesTheJvm() throws Exception {
        start("--version");
        var started = start("serve");
        assertTrue(started.output().contains("pid " + started.pid() + "\n"), started.output());
    }

    @Test
    void argumentsArriveAsTheyWere() throws Exception {
        var output = start("connect", "unix:/a path", "", "*").output();
        assertTrue(output.endsWith("<connect>\n<unix:/a path>\n<>\n<*>\n"), output);
    }

    @Test
    void onlyCommandsThatEndSoonAreStartedForAQuickEnd() throws Exception {
        assertTrue(start("connect").output().contains("<-XX:TieredStopAtLevel=1>"));
        assertFalse(start("serve").output().contains("<-XX:TieredStopAtLevel=1>"));
        assertFalse(start("--verbose", "serve").output().contains("<-XX:TieredStopAtLevel=1>"));
    }

    @Test
    void flagsForTheJvmReplaceTheLaunchersOwn() throws Exception {
        environment.put("SOCKEYE_JVM", "-XX:+UseZGC -Xmx1g");
        var output = start("connect").output();
        assertTrue(output.contains("<-XX:+UseZGC>\n<-Xmx1g>\n<-m>\n"), output);
        assertFalse(output.contains("SerialGC"), output);
        assertTrue(start("serve").output().contains("<-XX:+UseZGC>\n<-Xmx1g>\n<-m>\n"));
    }

    @Test
    void runStartsASourceFileWithTheModules() throws Exception {
        var output = start("run", "A.java", "serve").output();
        assertTrue(output.endsWith("<A.java>\n<serve>\n"), output);
        var modules = "<--add-modules>\n<sockeye.server,sockeye.netlink,sockeye.reactor>\n";
        assertTrue(output.contains(modules), output);
        assertTrue(output.contains("<--enable-native-access=sockeye>\n"), output);
    }

    @Test
    void runStartsTheCommandForAnythingElse() throws Exception {
        var output = start("run", "--list", "a shop.conf").output();
        var command = "<-m>\n<sockeye.cli/sockeye.cli.Main>\n<run>\n<--list>\n<a shop.conf>\n";
        assertTrue(output.endsWith(command), output);
        assertFalse(output.contains("<-XX:TieredStopAtLevel=1>"), output);
        assertFalse(output.contains("<-cp>"), output);
    }

    @Test
    void plugInsComeOnTheModulePathAndOnTheClassPath() throws Exception {
        environment.put("SOCKEYE_PLUGINS", "/a b.jar:/c");
        for (var what : List.of("shop.conf", "A.java")) {
            var output = start("run", what).output();
            assertTrue(output.contains("/lib:/a b.jar:/c>\n<-cp>\n</a b.jar:/c>\n"), output);
            // With the cache the JVM would know the modules that it knew then, and no others.
            assertFalse(output.contains("AOTCache="), output);
        }
    }

    @Test
    void runWithoutAFileSaysSo() throws Exception {
        var started = start("run");
        assertEquals(1, started.code());
        assertTrue(started.output().contains("sockeye: run: which file?"), started.output());
    }

    @Test
    void aSymbolicLinkStartsTheSameCommand() throws Exception {
        var link = Files.createSymbolicLink(temporary.resolve("link"), root.resolve("sockeye"));
        var started = start(List.of(link.toString(), "--version"), jdk);
        assertTrue(started.output().contains("<--version>"), started.output());
    }

    @Test
    void anotherJdkIsTakenWhenJavaHomeSaysSo() throws Exception {
        start("--version");
        var other = jdk("jdk of tomorrow", "26");
        start(List.of(root.resolve("sockeye").toString(), "--version"), other);
        assertEquals(
                List.of(jdk.toString(), other.toString()),
                Files.readAllLines(root.resolve("maven.calls")));
    }

    @Test
    void aJdkThatIsTooOldIsPassedOver() throws Exception {
        start(List.of(root.resolve("sockeye").toString(), "--version"), jdk("old", "24.0.2"));
        assertFalse(Files.readString(root.resolve("maven.calls")).contains("/old"));
    }

    @Test
    void withoutAJdkOneLineSaysWhatIsMissing() throws Exception {
        var launcher = root.resolve("sockeye");
        Files.writeString(launcher, Files.readString(launcher).replace("need=25", "need=9999"));
        var started = start("--version");
        assertEquals(1, started.code());
        assertEquals(1, started.output().lines().count(), started.output());
        assertTrue(started.output().startsWith("sockeye: no JDK 9999 or newer"), started.output());
    }

    @Test
    void aBuildThatFailsIsToldAndLeavesNothing() throws Exception {
        script(root.resolve("mvnw"), "#!/bin/sh\necho '[ERROR] A.java: no'\nexit 1\n");
        var started = start("--version");
        assertNotEquals(0, started.code());
        assertTrue(started.output().contains("[ERROR] A.java: no"), started.output());
        assertTrue(started.output().contains("sockeye: the build failed"), started.output());
        assertFalse(started.output().contains("<--version>"), started.output());
        assertFalse(Files.exists(root.resolve("target/sockeye/current")));
    }

    private record Started(long pid, int code, String output) {}

    private Started start(String... arguments) throws Exception {
        var command = new ArrayList<String>(List.of(root.resolve("sockeye").toString()));
        command.addAll(List.of(arguments));
        return start(command, jdk);
    }

    private Started start(List<String> command, Path javaHome) throws Exception {
        var builder =
                new ProcessBuilder(command).directory(root.toFile()).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", javaHome.toString());
        builder.environment().remove("SOCKEYE_JVM");
        builder.environment().remove("SOCKEYE_PLUGINS");
        builder.environment().putAll(environment);
        var process = builder.start();
        process.getOutputStream().close();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Started(process.pid(), process.waitFor(), output);
    }

    private int builds() throws IOException {
        return Files.readAllLines(root.resolve("maven.calls")).size();
    }

    private Path jdk(String name, String version) throws IOException {
        var home = temporary.resolve(name);
        script(home.resolve("bin/java"), JVM);
        script(home.resolve("bin/javac"), "#!/bin/sh\n");
        write(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        return home;
    }

    private static void script(Path file, String text) throws IOException {
        write(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
