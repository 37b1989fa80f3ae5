// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

import sockeye.EndpointSpec;
import sockeye.EndpointSyntaxException;
import sockeye.EndpointTarget;
import sockeye.UnixEndpoint;
import sockeye.reactor.DriverKind;
import sockeye.reactor.ProgramSettings;
import sockeye.wire.AccessFormat;
import sockeye.wire.AnswerRules;
import sockeye.wire.QotdService;
import sockeye.wire.RateLimit;
import sockeye.wire.StampFormat;
import sockeye.wire.TimestampService.Framing;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.function.Function;

/**
 * The commands, their options and their help.
 *
 * <p>The parser is told them by calls, not by annotations: reading annotations takes as long as the
 * rest of the start.
 */
final class Commands {
    static final String SERVE = "serve";
    static final String CONNECT = "connect";
    static final String RUN = "run";
    static final String HELP = "help";

    private static final int COLUMNS = 80;
    private static final int MOST_BACKLOG = 1 << 30;
    private static final int MOST_FACTOR = 1 << 16;
    private static final int MOST_RATE = 1_000_000;
    private static final String DEFAULT_SERVE = "tcp:21567";
    private static final String DEFAULT_CONNECT = "tcp:localhost:21567";

    private Commands() {}

    /** The whole command line. */
    static CommandLine sockeye() {
        var spec = CommandSpec.create().name("sockeye").version("sockeye " + version());
        spec.usageMessage()
                .synopsisHeading("Usage: ")
                .customSynopsis("sockeye COMMAND [OPTION...] [ARGUMENT...]")
                .description("", "Serve and talk over the sockets of Linux.")
                .commandListHeading("%nCommands:%n")
                .optionListHeading("%nOptions:%n")
                .footer(
                        "",
                        "A time-stamp server, and a client that talks to it:",
                        "  sockeye serve",
                        "  sockeye connect",
                        "",
                        "Where to serve and what to connect to is written as",
                        "  tcp:PORT  tcp:HOST:PORT  tcp:[::1]:PORT    also mptcp: and udp:",
                        "  unix:PATH  unix:@NAME                      also unix-dgram: and",
                        "                                             unix-seqpacket:",
                        "  tipc-stream:TYPE/INSTANCE                  also tipc-seqpacket:,",
                        "                                             tipc-rdm: and tipc-dgram:",
                        "  tls+tcp:..., tls+unix:...                  over TLS",
                        "  fd:N  systemd:NAME                         what is open already",
                        "",
                        "'sockeye help COMMAND' explains a command, with examples.");
        withHelp(spec);
        spec.addOption(
                OptionSpec.builder("-V", "--version")
                        .versionHelp(true)
                        .description("Print the version and exit.")
                        .build());
        spec.addSubcommand(SERVE, serve());
        spec.addSubcommand(CONNECT, connect());
        spec.addSubcommand(RUN, run());
        spec.addSubcommand(HELP, help());
        return commandLine(spec);
    }

    private static CommandLine commandLine(CommandSpec spec) {
        spec.usageMessage().width(COLUMNS).sortOptions(false).longOptionsMaxWidth(30);
        return new CommandLine(spec)
                .setExpandAtFiles(false)
                .setInterpolateVariables(false)
                .setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF));
    }

    private static CommandLine serve() {
        var spec = CommandSpec.create().name(SERVE);
        spec.usageMessage()
                .synopsisHeading("%nUsage: ")
                .header("Run small services: time-stamp, echo, daytime and others.")
                .customSynopsis("sockeye serve [OPTION...] [[NAME=]SPEC...]")
                .description(
                        "",
                        "Sends each message back with the time in front, to many clients at a"
                                + " time, until Ctrl-C or SIGTERM. On a stream a line is a message;"
                                + " a datagram or a record is one as it is.",
                        "",
                        "With --service, or a NAME in front of a SPEC, another service:",
                        "  echo     sends back what comes       (RFC 862)",
                        "  discard  throws it away, and counts  (RFC 863)",
                        "  chargen  sends lines of characters   (RFC 864)",
                        "  qotd     tells the quote of the day  (RFC 865)",
                        "  daytime  tells the time as text      (RFC 867)",
                        "  time     tells it in four bytes      (RFC 868)",
                        "  who      tells clients who they are")
                .parameterListHeading("%n")
                .optionListHeading("%n")
                .footer(
                        "",
                        "A SPEC may have options behind '?', separated by '&':",
                        "  all        sndbuf=BYTES rcvbuf=BYTES",
                        "             allow= deny= max-connections= idle-timeout= and what else",
                        "             says above who is served, for this one endpoint",
                        "  tcp mptcp  backlog=N reuseport nodelay=false keepalive fastopen=N",
                        "  + udp      v6only=true|false device=IFNAME mark=N ttl=N tos=N",
                        "  proxy+...  trust=NETWORKS trust-user=USER others=direct",
                        "  tls+...    cert=FILE key=FILE pass=FILE ca=FILE clients=want|need",
                        "             alpn=NAMES tls=1.3 strict",
                        "  unix...    mode=0660 owner=USER group=GROUP (names or numbers)",
                        "             unlink=false       leave the file when done",
                        "             replace=false      refuse a stale file, do not remove it",
                        "",
                        "Examples:",
                        "  sockeye serve                              TCP, port 21567",
                        "  sockeye serve tcp:0                        a free port, and says which",
                        "  sockeye serve --service echo tcp:127.0.0.1:7 udp:127.0.0.1:7",
                        "  sockeye serve echo=udp:7007 daytime=tcp:7013 who=unix:@who",
                        "  sockeye serve 'unix:/run/stamp.sock?mode=0660&group=staff'",
                        "  sockeye serve --time iso --zone UTC unix-dgram:@stamps");
        withHelp(spec);
        addParameter(
                spec,
                "[NAME=]SPEC",
                "0..*",
                "What to serve where (default: " + DEFAULT_SERVE + ").");
        add(
                spec,
                "--service",
                "NAME",
                "Which service a SPEC without a NAME is for (default: " + Offer.USUAL + ").",
                checked(Posting::known));
        add(
                spec,
                "--time",
                "FORMAT",
                "How timestamp and daytime write the time: ctime (default), iso, mail, epoch,"
                        + " epoch-nanos.",
                checked(StampFormat::of));
        add(
                spec,
                "--zone",
                "ZONE",
                "Of which place: Europe/Berlin, UTC, +02:00 (default: this machine's).",
                Commands::zone);
        add(
                spec,
                "--framing",
                "HOW",
                "What a message is on a stream. line: what ends with LF or CRLF. chunk: what one"
                        + " read brings. auto (default): a line; but of a client that has not yet"
                        + " sent a line end, what it sends before it falls silent.",
                checked(Framing::of));
        add(
                spec,
                "--flush-after",
                "TIME",
                "How long that silence is (default: 50ms).",
                Quantity::time);
        add(
                spec,
                "--max-message",
                "SIZE",
                "The longest message (default: 64KiB). A client that sends a longer line is told,"
                        + " and disconnected.",
                Quantity::size);
        add(
                spec,
                "--quotes",
                "FILE",
                "The quotes for qotd, in UTF-8: divided by lines of a single %, or one a line"
                        + " (default: our own).",
                text -> text);
        add(
                spec,
                "--quote",
                "TURN",
                "daily (default): the same all day. each: each who asks gets the next.",
                checked(QotdService.Turn::of));
        add(
                spec,
                "--chargen-limit",
                "SIZE",
                "After how much chargen closes a stream (default: never).",
                Quantity::size);
        add(
                spec,
                "--chargen-rate",
                "SIZE",
                "How much chargen sends a second (default: as fast as the client reads).",
                Quantity::size);
        add(
                spec,
                "--answer-factor",
                "N",
                "Over UDP, how many times as long as its question an answer may be, headers"
                        + " counted (default: 3). 0: any length, for networks without forgers.",
                text -> Quantity.count(text, 0, MOST_FACTOR));
        add(
                spec,
                "--answer-rate",
                "N",
                "Over UDP, how many answers a second one peer gets that is not on this machine"
                        + " (default: 10000). 0: any number.",
                text -> Quantity.count(text, 0, MOST_RATE));
        Engine.addTo(spec);
        add(
                spec,
                "--backlog",
                "N",
                "How many connections may wait to be accepted (default: 4096). The kernel caps it"
                        + " at net.core.somaxconn.",
                text -> Quantity.count(text, 0, MOST_BACKLOG));
        add(
                spec,
                "--drain",
                "TIME",
                "How long to go on with what is in flight when told to stop (default: 5s). A second"
                        + " signal cuts off what is left and says so, a third ends at once.",
                Quantity::time);
        add(
                spec,
                "--handover",
                "PATH",
                "Meet at this Unix socket, PATH or @NAME: take over from the server that waits"
                        + " there, then wait there for one that takes over from this.",
                Commands::meeting);
        Guard.addTo(spec);
        add(
                spec,
                "--access-log",
                "FILE",
                "Write a line for each connection when it is over, or is turned away; - for"
                        + " standard output. A FILE that is moved away is made anew.",
                text -> text);
        add(
                spec,
                "--access-format",
                "FORMAT",
                "What the line is: key-value (default), json-lines.",
                checked(AccessFormat::of));
        addFlag(spec, "Do not print who comes and goes.", "-q", "--quiet");
        addFlag(spec, "Print more: failures with their origin, totals.", "-v", "--verbose");
        return commandLine(spec);
    }

    private static CommandLine connect() {
        var spec = CommandSpec.create().name(CONNECT);
        spec.usageMessage()
                .synopsisHeading("%nUsage: ")
                .header("Send lines to a server and show its answers.")
                .customSynopsis("sockeye connect [OPTION...] [SPEC]")
                .description(
                        "",
                        "On a terminal: type a line at the prompt, it is sent; what comes is shown"
                                + " above. An empty line or Ctrl-D ends. The keys are those of a"
                                + " shell: arrows, Ctrl-A, Ctrl-R to search what was typed before.",
                        "",
                        "In a pipe: all of standard input is sent without waiting for answers, and"
                                + " they are printed byte for byte. Over datagrams and records each"
                                + " line is a message.")
                .parameterListHeading("%n")
                .optionListHeading("%n")
                .footer(
                        "",
                        "A SPEC may have options behind '?', separated by '&':",
                        "  all        bind=ADDRESS, =PORT, =PATH   which address to send from",
                        "             sndbuf=BYTES rcvbuf=BYTES",
                        "  tcp mptcp  nodelay=false keepalive",
                        "  + udp      device=IFNAME mark=N",
                        "  tls+...    ca=FILE sni=NAME insecure alpn=NAMES tls=1.3",
                        "             cert=FILE key=FILE pass=FILE",
                        "",
                        "Exit status: 0, or 1 if the server cannot be reached, goes away or leaves",
                        "datagrams without an answer, or 2 if the arguments are wrong.",
                        "",
                        "Examples:",
                        "  sockeye connect                            talk to 'sockeye serve'",
                        "  seq 3 | sockeye connect                    three lines, three answers",
                        "  sockeye connect 'tcp:192.0.2.1:7?bind=192.0.2.2'",
                        "  echo hello | sockeye connect udp:localhost:21567",
                        "  logger --stderr x 2>&1 | sockeye connect -t 0s unix-dgram:/dev/log");
        withHelp(spec);
        addParameter(spec, "SPEC", "0..1", "The server (default: " + DEFAULT_CONNECT + ").");
        add(
                spec,
                List.of("-t", "--timeout"),
                "TIME",
                "How long to wait for the connection (default: 10s) and for a missing answer"
                        + " (datagrams: 2s, streams: for ever). Of datagrams, 0s waits for no"
                        + " answers and misses none.",
                Quantity::time);
        addFlag(spec, "Tell what happens, and failures with their origin.", "-v", "--verbose");
        return commandLine(spec);
    }

    private static CommandLine run() {
        var spec = CommandSpec.create().name(RUN);
        spec.usageMessage()
                .synopsisHeading("%nUsage: ")
                .header("Run a Java program, or services that plug-ins make.")
                .customSynopsis(
                        "./sockeye run [OPTION...] FILE.conf",
                        "       ./sockeye run [OPTION...] PLUGIN [KEY=VALUE...]",
                        "       ./sockeye run [JAVA OPTION...] File.java [ARGUMENT...]")
                .description(
                        "",
                        "Starts services one after the other, each when the one before runs, on one"
                                + " event loop, and stops them in reverse at Ctrl-C or SIGTERM.",
                        "",
                        "A FILE.conf has a line for each; one that begins with a blank goes on with"
                                + " the one before:",
                        "  # NAME: PLUGIN KEY=VALUE...",
                        "  echo: serve service=echo at=tcp:7007",
                        "  serve service=daytime at=udp:7013")
                .parameterListHeading("%n")
                .optionListHeading("%n")
                .footer(
                        "",
                        "Plug-ins are found on the module path and the class path of the JVM; the",
                        "launcher adds what SOCKEYE_PLUGINS names, jars and directories divided",
                        "by ':'.",
                        "",
                        "Exit status: 0, or 1 if a service cannot start, or 2 if the file or the",
                        "arguments are wrong.",
                        "",
                        "Examples:",
                        "  sockeye run --list                         which plug-ins there are",
                        "  sockeye run serve service=echo at=tcp:7007",
                        "  SOCKEYE_PLUGINS=shop.jar sockeye run shop.conf");
        withHelp(spec);
        addParameter(spec, "WHAT", "0..*", "What to run.");
        addFlag(spec, "Print the plug-ins and their options, and exit.", "-l", "--list");
        add(
                spec,
                "--drain",
                "TIME",
                "How long to go on with what is in flight when told to stop, in all (default: 10s)."
                        + " A second signal cuts off what is left.",
                Quantity::time);
        Engine.addDriverTo(spec);
        addFlag(spec, "End when a service fails by itself.", "--end-on-failure");
        addFlag(spec, "Do not print what starts and stops.", "-q", "--quiet");
        addFlag(spec, "Print more: failures with their origin.", "-v", "--verbose");
        return commandLine(spec);
    }

    /** What {@code run} was asked for. */
    static Run run(ParseResult parsed) {
        return new Run(
                parsed.matchedPositionalValue(0, List.of()),
                parsed.hasMatchedOption("--list"),
                parsed.matchedOptionValue("--drain", ProgramSettings.DEFAULT.grace()),
                parsed.matchedOptionValue("--driver", (DriverKind) null),
                parsed.hasMatchedOption("--end-on-failure"),
                parsed.hasMatchedOption("--quiet"));
    }

    private static CommandLine help() {
        var spec = CommandSpec.create().name(HELP);
        spec.usageMessage()
                .synopsisHeading("%nUsage: ")
                .header("Explain a command, or list all.")
                .customSynopsis("sockeye help [COMMAND]");
        spec.addPositional(
                PositionalParamSpec.builder()
                        .paramLabel("COMMAND")
                        .arity("0..1")
                        .type(String.class)
                        .description("%nWhich one.")
                        .build());
        return commandLine(withHelp(spec));
    }

    /** What {@code serve} was asked for. */
    static Serve serve(ParseResult parsed) {
        String usual = parsed.matchedOptionValue("--service", Offer.USUAL);
        return new Serve(
                arguments(parsed, DEFAULT_SERVE).stream()
                        .map(text -> Posting.parse(text, usual))
                        .toList(),
                services(parsed),
                answers(parsed),
                Guard.of(parsed),
                Engine.Choice.of(parsed),
                parsed.matchedOptionValue("--backlog", -1),
                parsed.matchedOptionValue("--handover", (UnixEndpoint) null),
                parsed.matchedOptionValue("--drain", Duration.ofSeconds(5)),
                telling(parsed));
    }

    private static Serve.Telling telling(ParseResult parsed) {
        String log = parsed.matchedOptionValue("--access-log", (String) null);
        if (log == null && parsed.hasMatchedOption("--access-format")) {
            throw new IllegalArgumentException("serve: --access-format is for --access-log FILE");
        }
        return new Serve.Telling(
                parsed.hasMatchedOption("--quiet"),
                parsed.hasMatchedOption("--verbose"),
                log,
                parsed.matchedOptionValue("--access-format", AccessFormat.KEY_VALUE));
    }

    private static Offer.Settings services(ParseResult parsed) {
        Offer.Settings usual = Offer.Settings.USUAL;
        return new Offer.Settings(
                parsed.matchedOptionValue("--time", usual.time()),
                parsed.matchedOptionValue("--zone", usual.zone()),
                parsed.matchedOptionValue("--framing", usual.framing()),
                parsed.matchedOptionValue("--flush-after", usual.flushAfter()),
                parsed.matchedOptionValue("--max-message", usual.maxMessage()),
                parsed.matchedOptionValue("--quotes", usual.quotes()),
                parsed.matchedOptionValue("--quote", usual.turn()),
                parsed.matchedOptionValue("--chargen-limit", usual.chargenLimit()),
                parsed.matchedOptionValue("--chargen-rate", usual.chargenRate()));
    }

    private static AnswerRules answers(ParseResult parsed) {
        var usual = AnswerRules.DEFAULT;
        int rate = parsed.matchedOptionValue("--answer-rate", -1);
        return usual.withFactor(parsed.matchedOptionValue("--answer-factor", usual.factor()))
                .withPeerRate(
                        switch (rate) {
                            case -1 -> usual.peerRate();
                            case 0 -> RateLimit.NONE;
                            default -> RateLimit.perSecond(rate);
                        });
    }

    /** What {@code connect} was asked for. */
    static Connect connect(ParseResult parsed) {
        return new Connect(
                EndpointSpec.parse(arguments(parsed, DEFAULT_CONNECT).getFirst()),
                parsed.matchedOptionValue("--timeout", (Duration) null),
                parsed.hasMatchedOption("--verbose"));
    }

    /**
     * Read only here: of an argument that it cannot convert the parser says that it is too many.
     */
    private static List<String> arguments(ParseResult parsed, String otherwise) {
        List<String> texts = parsed.matchedPositionalValue(0, List.of(otherwise));
        String command = parsed.commandSpec().name();
        if (command.equals(CONNECT) && texts.size() > 1) {
            throw new IllegalArgumentException(
                    command + ": one argument too many: " + texts.get(1));
        }
        return texts;
    }

    private static CommandSpec withHelp(CommandSpec spec) {
        return spec.addOption(
                OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("Print this help and exit.")
                        .build());
    }

    private static void addParameter(
            CommandSpec spec, String label, String arity, String description) {
        spec.addPositional(
                PositionalParamSpec.builder()
                        .paramLabel(label)
                        .arity(arity)
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .description(description)
                        .build());
    }

    private static <T> void add(
            CommandSpec spec,
            String name,
            String label,
            String description,
            Function<String, T> converter) {
        add(spec, List.of(name), label, description, converter);
    }

    private static <T> void add(
            CommandSpec spec,
            List<String> names,
            String label,
            String description,
            Function<String, T> converter) {
        spec.addOption(
                OptionSpec.builder(names.toArray(String[]::new))
                        .paramLabel(label)
                        .type(Object.class)
                        .converters((ITypeConverter<T>) converter::apply)
                        .description(description)
                        .build());
    }

    private static void addFlag(CommandSpec spec, String description, String... names) {
        spec.addOption(OptionSpec.builder(names).arity("0").description(description).build());
    }

    /** Has the parser tell why a value is none. */
    private static <T> Function<String, T> checked(Function<String, T> of) {
        return text -> {
            try {
                return of.apply(text);
            } catch (IllegalArgumentException none) {
                throw new TypeConversionException(none.getMessage());
            }
        };
    }

    private static UnixEndpoint meeting(String text) {
        try {
            if (EndpointSpec.parse("unix:" + text).target()
                    instanceof EndpointTarget.Unix(UnixEndpoint place)) {
                return place;
            }
        } catch (EndpointSyntaxException wrong) {
            // Said below.
        }
        throw new TypeConversionException("\"%s\" is no PATH or @NAME".formatted(text));
    }

    private static ZoneId zone(String text) {
        try {
            return ZoneId.of(text);
        } catch (DateTimeException none) {
            throw new TypeConversionException(
                    "\"%s\" is no time zone; write it as Europe/Berlin, UTC or +02:00"
                            .formatted(text));
        }
    }

    private static String version() {
        var descriptor = Commands.class.getModule().getDescriptor();
        return descriptor == null ? "(class path)" : descriptor.rawVersion().orElse("(unknown)");
    }
}
