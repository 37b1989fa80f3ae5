// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.stream.Stream;

@Timeout(60)
class ArgumentsTest {
    private static void assertWrong(String said, String... args) {
        var result = Result.of(args);
        assertAll(
                () -> assertEquals("sockeye: " + said + "\n", result.err()),
                () -> assertEquals(2, result.code()),
                () -> assertEquals("", result.out()));
    }

    @ParameterizedTest
    @CsvSource({"srve,serve", "conect,connect", "hlep,help", "connnect,connect"})
    void aMisspeltCommandGetsTheOneThatWasMeant(String word, String meant) {
        assertWrong("no such command: " + word + "; did you mean " + meant + "?", word);
        assertWrong("no such command: " + word + "; did you mean " + meant + "?", "help", word);
    }

    @Test
    void aWordThatIsLikeNoCommandGetsAllOfThem() {
        assertWrong(
                "no such command: frobnicate; there are serve, connect, run, help", "frobnicate");
    }

    @Test
    void anEndpointWithoutACommandGetsOne() {
        assertWrong(
                "no such command: tcp:localhost:80; did you mean sockeye connect tcp:localhost:80?",
                "tcp:localhost:80");
    }

    @Test
    void aMisspeltOptionGetsTheOneThatWasMeant() {
        assertWrong("serve: no such option: --tiem; did you mean --time?", "serve", "--tiem=iso");
        assertWrong(
                "connect: no such option: --verbos; did you mean --verbose?",
                "connect",
                "--verbos");
        assertWrong("no such option: --versoin; did you mean --version?", "--versoin");
        assertWrong("serve: no such option: -x; see sockeye help serve", "serve", "-x");
    }

    @Test
    void aMisspeltSchemeGetsTheOneThatWasMeant() {
        String said = "no such scheme: \"tpc\" in \"tpc:80\"; did you mean tcp:80?";
        assertWrong(said, "serve", "tpc:80");
        assertWrong(said, "connect", "tpc:80");
        assertWrong(said, "serve", "tcp:0", "tpc:80");
    }

    @Test
    void aMisspeltOptionOfASpecGetsTheOneThatWasMeant() {
        assertWrong(
                "no such option: \"mdoe\" in \"unix:/nowhere/x?mdoe=0660\"; did you mean mode?",
                "serve",
                "unix:/nowhere/x?mdoe=0660");
        assertWrong(
                "no such option: \"bnid\" in \"udp:localhost:9?bnid=3\"; did you mean bind?",
                "connect",
                "udp:localhost:9?bnid=3");
    }

    @Test
    void optionsOfASpecAreTakenWhereTheyMeanSomething() {
        assertTrue(
                Result.of("serve", "tcp:0?mode=0660").err().contains("no such option: \"mode\""));
        assertTrue(Result.of("serve", "udp:0?backlog=9").err().contains("no such option"));
        assertTrue(Result.of("serve", "unix:/x?nodelay").err().contains("no such option"));
        assertTrue(Result.of("connect", "tcp:1?backlog=9").err().contains("no such option"));
    }

    @Test
    void aNameThatIsNoUserIsRefused() {
        assertWrong(
                "the option owner cannot be \"nobody-has-this\" in "
                        + "\"unix:/nowhere/x?owner=nobody-has-this\"; no such user here",
                "serve",
                "unix:/nowhere/x?owner=nobody-has-this");
        assertWrong(
                "the option group cannot be \"nobody-has-this\" in "
                        + "\"unix:/nowhere/x?group=nobody-has-this\"; no such group here",
                "serve",
                "unix:/nowhere/x?group=nobody-has-this");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "--service=eco|\"eco\" is no service; did you mean echo?",
                "--time=rfc|\"rfc\" is no time format; there are ctime, iso, mail, epoch,"
                        + " epoch-nanos",
                "--zone=Mars|\"Mars\" is no time zone; write it as Europe/Berlin, UTC or +02:00",
                "--framing=lines|\"lines\" is no framing; there are auto, line, chunk",
                "--drain=5|'5' is no time; write it as 50ms, 5s, 2m or 1h",
                "--max-message=0|'0' is no size; write it as 65536, 64KiB or 1MiB, at most 1GiB",
                "--backlog=many|'many' is no number from 0 to 1073741824"
            })
    void aValueThatIsNoneGetsWhatWouldBe(String arg, String said) {
        String name = arg.substring(0, arg.indexOf('='));
        assertWrong("serve: invalid value for option '%s': %s".formatted(name, said), "serve", arg);
    }

    @Test
    void aFlushDelayBeyondItsBoundsIsWrong() {
        assertEquals(2, Result.of("serve", "--flush-after", "2h", "tcp:0").code());
    }

    @Test
    void aMissingValueAndOneThatIsGivenTwiceAreWrong() {
        assertWrong("serve: missing value for option '--drain' (TIME)", "serve", "--drain");
        assertWrong(
                "serve: option '--time' (FORMAT) should be specified only once",
                "serve",
                "--time=iso",
                "--time=iso");
    }

    @Test
    void oneCannotConnectToTwo() {
        assertWrong("connect: one argument too many: tcp:2", "connect", "tcp:1", "tcp:2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"netlink:route", "tls+udp:localhost:1", "systemd:x"})
    void whatCannotBeDoneIsSaid(String spec) {
        for (String command : new String[] {"serve", "connect"}) {
            var result = Result.of(command, spec);
            assertEquals(2, result.code());
            assertEquals(1, result.err().lines().count(), result.err());
        }
    }

    @Test
    void aDescriptorThatIsNotOpenIsSaid() {
        for (String command : new String[] {"serve", "connect"}) {
            var result = Result.of(command, "fd:100000");
            assertEquals(1, result.code());
            assertTrue(result.err().contains("EBADF"), result.err());
        }
    }

    @Test
    void anArgumentWithAnAtSignIsNoFileOfArguments() {
        assertTrue(Result.of("connect", "@nowhere").err().contains("a scheme is missing"));
    }

    @Test
    void withoutArgumentsTheHelpIsShownAsAnError() {
        var result = Result.of();
        assertEquals(2, result.code());
        assertEquals(Result.of("--help").out(), result.err());
    }

    @Test
    void theVersionIsOneLine() {
        var result = Result.of("--version");
        assertEquals(0, result.code());
        assertTrue(result.out().matches("sockeye \\S.*\n"), result.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "serve", "connect", "help"})
    void theHelpFitsEightyColumns(String command) {
        var result = command.isEmpty() ? Result.of("help") : Result.of("help", command);
        assertEquals(0, result.code());
        result.lines().forEach(line -> assertTrue(line.length() <= 80, line));
        assertFalse(result.out().contains("\u001b"));
        assertEquals(
                result.out(),
                (command.isEmpty() ? Result.of("-h") : Result.of(command, "--help")).out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"serve", "connect"})
    void theHelpHasEachOptionAndExamplesThatParse(String command) {
        String help = Result.of("help", command).out();
        var line = Commands.sockeye().getSubcommands().get(command);
        for (var option : line.getCommandSpec().options()) {
            assertTrue(Stream.of(option.names()).allMatch(help::contains), option.longestName());
        }
        assertTrue(help.contains("Examples:"));
        help.substring(help.indexOf("Examples:"))
                .lines()
                .filter(example -> example.contains("sockeye " + command))
                .map(example -> example.replaceAll(".*sockeye ", "").replaceAll("   .*", ""))
                .forEach(example -> {
                    var args = example.replace("'", "").split(" ");
                    var parsed = Commands.sockeye().parseArgs(args).subcommand();
                    if (command.equals("serve")) {
                        Commands.serve(parsed);
                    } else {
                        new Dialer(Commands.connect(parsed).spec());
                    }
                });
    }

    @Test
    void aFailureOfTheNetworkHasOperationEndpointAndCauseOnOneLine() {
        var nobody = Result.of("connect", "unix:/nowhere/x.sock");
        assertEquals(
                "sockeye: connect unix:/nowhere/x.sock: ENOENT (2) No such file or directory\n",
                nobody.err());
        assertEquals(1, nobody.code());
        var busy = Result.of("serve", "unix:/nowhere/x.sock");
        assertEquals(1, busy.code());
        assertEquals(1, busy.err().lines().count());
        assertTrue(busy.err().contains("unix:/nowhere/x.sock: ENOENT (2)"), busy.err());
    }

    @Test
    void anUnknownHostIsSaidWithWhereItWasWanted() {
        var result = Result.of("connect", "tcp:nowhere.invalid:80");
        assertEquals(1, result.code());
        assertTrue(result.err().startsWith("sockeye: resolve nowhere.invalid: EAI_"), result.err());
        assertEquals(1, result.err().lines().count());
    }

    @Test
    void verboseShowsWhereAFailureComesFrom() {
        var result = Result.of("connect", "--verbose", "unix:/nowhere/x.sock");
        assertEquals(1, result.code());
        assertTrue(result.err().contains("\tat sockeye"), result.err());
    }
}
