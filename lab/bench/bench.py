#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures echo servers side by side. README.md says what the figures mean.

bench.py setup                 install the Debian packages that are missing
bench.py build                 build the load generator and the peers
bench.py run SUITE...          measure: tcp, unix, udp, unix-dgram, variants
bench.py idle                  memory per idle TCP connection
bench.py startup NAME=CMD...   start-up time of commands against python3 -c pass
bench.py table [FILE...]       tables again, from result files (default: the newest)
bench.py chart [FILE...]       what a round trip costs, as an SVG
"""

from __future__ import annotations

import sys

sys.dont_write_bytecode = True  # nothing is ever written into this folder

import argparse  # noqa: E402
import contextlib  # noqa: E402
import importlib.util  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import platform  # noqa: E402
import random  # noqa: E402
import resource  # noqa: E402
import shlex  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import builder  # noqa: E402
import catalog  # noqa: E402
import report  # noqa: E402
from catalog import BY_PATH, BenchError, Scenario, Server, Suite  # noqa: E402

READY_TIMEOUT = 15.0
MAX_FILES = 65536
HIGHEST = -20  # the nice value of the highest weight
SHELLS = ("sh", "dash", "bash", "zsh", "busybox", "timeout")


# ---------------------------------------------------------------- results


class Results:
    """A file of JSON lines. Each line says its type: meta, echo, idle or startup."""

    def __init__(self, name: str, path: str | None) -> None:
        folder = catalog.out_dir() / "results"
        folder.mkdir(parents=True, exist_ok=True)
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        self.path = Path(path).absolute() if path else folder / f"{stamp}-{name}.jsonl"
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def add(self, kind: str, row: dict[str, Any]) -> None:
        with self.path.open("a") as f:
            f.write(json.dumps({"type": kind, "time": round(time.time(), 1), **row}) + "\n")

    def add_meta(self, args: argparse.Namespace) -> None:
        cpu = [s for s in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in s]
        jdk = catalog.find_jdk()
        meta = {
            "kernel": platform.release(),
            "cpu": cpu[0].partition(":")[2].strip() if cpu else platform.machine(),
            "cpus": os.cpu_count(),
            "jdk": jdk.name if jdk else None,
            "args": {k: v for k, v in vars(args).items() if k != "command_function"},
        }
        self.add("meta", meta)

    def show(self) -> None:
        print(f"\n{report.tables(report.read([self.path]))}\n\nresults: {self.path}")


# ---------------------------------------------------------------- processes


@dataclass(frozen=True)
class Cpus:
    """The CPU of the server and that of the load generator; None: wherever the kernel likes."""

    server: int | None = None
    load: int | None = None
    first: bool = False  # before whatever else runs

    @staticmethod
    def choose(pin: bool, first: bool = False) -> Cpus:
        usable = sorted(os.sched_getaffinity(0))
        if pin and len(usable) >= 2:
            return Cpus(usable[0], usable[1], first)
        if pin:
            print("only one CPU: not pinned")
        return Cpus(first=first)

    @property
    def pinned(self) -> bool:
        return self.server is not None


def before_exec(cpus: Cpus, cpu: int | None) -> None:
    """Runs in the child: its CPU, its weight there and its limit of open files."""
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})
    if cpus.first:
        os.setpriority(os.PRIO_PROCESS, 0, HIGHEST)
        # Sessions share a CPU by the weight of the session, where the kernel groups by it.
        with contextlib.suppress(FileNotFoundError):
            Path("/proc/self/autogroup").write_text(str(HIGHEST))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))


def free_port() -> int:
    """A port below the ephemeral ones that nobody uses for TCP or UDP."""
    start = random.randrange(10000)
    for i in range(10000):
        port = 20000 + (start + i) % 10000
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        ):
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise BenchError("no free port")


def echoes(kind: str, port: int, path: str, own_path: str) -> bool:
    """One line there and back."""
    family = socket.AF_UNIX if kind in BY_PATH else socket.AF_INET
    stream = kind in ("tcp", "unix")
    with socket.socket(family, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM) as s:
        s.settimeout(1 if stream else 0.3)
        if kind == "unix-dgram":
            with contextlib.suppress(FileNotFoundError):
                os.unlink(own_path)
            s.bind(own_path)
        s.connect(path if kind in BY_PATH else ("127.0.0.1", port))
        s.sendall(b"x\n")
        return s.recv(10) == b"x\n"


def executable(pid: int) -> str:
    """The name of the program that a process runs."""
    return os.path.basename(os.readlink(f"/proc/{pid}/exe"))


def serving_pid(pid: int) -> int:
    """The process that serves: the child, if the command is a shell script with one child."""
    with contextlib.suppress(OSError):
        while executable(pid) in SHELLS:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            if len(children) != 1:
                break
            pid = int(children[0])
    return pid


class RunningServer:
    """A server in a session of its own, with its log; use it in a with statement."""

    def __init__(self, server: Server, kind: str, folder: Path, cpus: Cpus) -> None:
        self.name = server.name
        self.kind = kind
        self.cpus = cpus
        self.folder = folder
        self.port = free_port()
        self.path = str(folder / "server.sock")
        logs = catalog.out_dir() / "results" / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        self.log = logs / f"{kind}-{server.name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                server.command(self.port, self.path),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: before_exec(cpus, cpus.server),
            )
        self.pid = self.process.pid

    def __enter__(self) -> RunningServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            pass
        self._signal(signal.SIGKILL)  # whatever is left of the session
        self.process.wait()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def wait_ready(self) -> bool:
        """Until it echoes, for at most 15 s. Then also finds out which process serves."""
        deadline = time.monotonic() + READY_TIMEOUT
        own_path = str(self.folder / "ready.sock")
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if echoes(self.kind, self.port, self.path, own_path):
                    self.pid = serving_pid(self.process.pid)
                    return True
            except OSError:
                pass
            time.sleep(0.05)
        return False

    def log_tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n    ".join(lines[-5:])

    @property
    def is_jvm(self) -> bool:
        return executable(self.pid) == "java"

    def loadgen_argv(self) -> list[str]:
        where = ["-U", self.path] if self.kind in BY_PATH else ["-P", str(self.port)]
        argv = [str(catalog.bin_dir() / "loadgen"), self.kind, *where]
        return [*argv, "-p", str(self.pid), "-l", self.name]

    def run_loadgen(self, args: list[str], limit: float, hook: str = "") -> dict[str, Any]:
        env = {**os.environ, "LOADGEN_BIND_DIR": str(self.folder)}
        if hook:
            env["LOADGEN_IDLE_HOOK"] = hook
        try:
            done = subprocess.run(
                [*self.loadgen_argv(), *args],
                capture_output=True,
                text=True,
                timeout=limit,
                env=env,
                preexec_fn=lambda: before_exec(self.cpus, self.cpus.load),
                check=False,
            )
            report_line: dict[str, Any] = json.loads(done.stdout)
            return report_line
        except subprocess.TimeoutExpired:
            return {"label": self.name, "error": f"load generator ran past {limit:.0f} s"}
        except json.JSONDecodeError:
            return {"label": self.name, "error": done.stderr.strip()[:200] or "no report"}

    def load(self, scenario: Scenario, seconds: float, warmup: float) -> dict[str, Any]:
        args = ["-c", str(scenario.conns), "-s", str(scenario.size), "-d", str(scenario.depth)]
        args += ["-T", str(seconds), "-w", str(warmup), "--json"]
        if scenario.flood:
            args.append("--flood")
        return self.run_loadgen(args, seconds + warmup + 30)


# ---------------------------------------------------------------- run


def chosen_suites(args: argparse.Namespace) -> list[Suite]:
    known = catalog.suites()
    unknown = [n for n in args.suites if n not in known]
    if unknown:
        raise BenchError(f"no suite {unknown[0]}; there are {', '.join(known)}")
    chosen = [known[n] for n in dict.fromkeys(args.suites)]
    catalog.add_servers(chosen, args.server)
    for suite in chosen:
        keep_only(suite, args.only, args.scenario, args.quick)
    return chosen


def keep_only(suite: Suite, only: str | None, scenario: str | None, quick: bool) -> None:
    """Applies --only, --scenario and --quick, and drops the servers that cannot run."""
    if only:
        suite.servers = [s for s in suite.servers if s.name in only.split(",")]
    if scenario:
        suite.scenarios = [s for s in suite.scenarios if s.name in scenario.split(",")]
    elif quick:
        suite.scenarios = [s for s in suite.scenarios if s.conns == 50][:1]
    for s in suite.servers:
        if s.missing:
            print(f"{suite.name}: {s.name} skipped: {s.missing}")
    suite.servers = [s for s in suite.servers if not s.missing]
    if not suite.servers or not suite.scenarios:
        raise BenchError(f"suite {suite.name}: no server or no scenario is left")


def measure_server(
    suite: Suite, server: Server, rep: int, cpus: Cpus, args: argparse.Namespace, out: Results
) -> None:
    """One start of one server: warm it up, then one run of each scenario."""
    with (
        tempfile.TemporaryDirectory(prefix="sockeye-bench-") as folder,
        RunningServer(server, suite.kind, Path(folder), cpus) as running,
    ):
        if not running.wait_ready():
            print(f"{suite.name}: {server.name} does not echo\n    {running.log_tail()}")
            return
        first = suite.scenarios[0]
        warm = args.jvm_warmup if running.is_jvm else 0.5
        running.load(Scenario(50, first.size, first.depth), 0.2, warm)
        for scenario in suite.scenarios:
            row = running.load(scenario, args.seconds, args.warmup)
            row |= {"suite": suite.name, "scenario": scenario.name, "rep": rep}
            out.add("echo", {**row, "pinned": cpus.pinned})
            if wrong := report.faults(row):
                print(f"  ! {suite.name} {scenario.name} {server.name}: {wrong}", flush=True)


def interleaved(chosen: list[Suite], reps: int) -> Iterator[tuple[int, Suite, Server]]:
    """Every server once per round, in a new order each time."""
    for rep in range(reps):
        for suite in chosen:
            for server in random.sample(suite.servers, len(suite.servers)):
                yield rep, suite, server


def estimate(chosen: list[Suite], args: argparse.Namespace) -> float:
    per_run: float = args.seconds + args.warmup + 0.2
    per_round = sum(len(s.servers) * (len(s.scenarios) * per_run + 4) for s in chosen)
    return float(args.reps * per_round)


def command_run(args: argparse.Namespace) -> None:
    require_build()
    if args.quick:
        args.reps, args.jvm_warmup = 1, min(args.jvm_warmup, 3.0)
    chosen = chosen_suites(args)
    cpus = Cpus.choose(args.pin, args.first)
    out = Results("+".join(s.name for s in chosen), args.out)
    out.add_meta(args)
    print(f"about {estimate(chosen, args) / 60:.0f} min, into {out.path}", flush=True)
    began = time.monotonic()
    done = -1
    for rep, suite, server in interleaved(chosen, args.reps):
        if time.monotonic() - began > args.budget:
            print(f"stopped: --budget {args.budget:.0f} s is spent")
            break
        if rep != done:
            elapsed = time.monotonic() - began
            print(f"round {rep + 1} of {args.reps}, at {elapsed:.0f} s", flush=True)
            done = rep
        measure_server(suite, server, rep, cpus, args, out)
    out.show()


# ---------------------------------------------------------------- idle


def live_heap(histogram: str) -> int | None:
    """Bytes from the last line of jcmd's class histogram."""
    lines = histogram.strip().splitlines()
    words = lines[-1].split() if lines else []
    return int(words[2]) if words[:1] == ["Total"] else None


def measure_idle(server: Server, cpus: Cpus, conns: int, out: Results) -> None:
    small_heap = tuple("-Xms64m" if a == "-Xms256m" else a for a in server.argv)
    with (
        tempfile.TemporaryDirectory(prefix="sockeye-bench-") as folder,
        RunningServer(Server(server.name, small_heap), "tcp", Path(folder), cpus) as running,
    ):
        if not running.wait_ready():
            print(f"{server.name} does not echo\n    {running.log_tail()}")
            return
        running.load(Scenario(50, 32), 0.2, 3)
        jdk = catalog.find_jdk()
        histogram = Path(folder) / "heap"
        hook = ""
        before: int | None = None
        if running.is_jvm and jdk:
            jcmd = [str(jdk / "bin" / "jcmd"), str(running.pid), "GC.class_histogram"]
            hook = f"{shlex.join(jcmd)} > {shlex.quote(str(histogram))}"
            text = subprocess.run(jcmd, capture_output=True, text=True, check=False).stdout
            before = live_heap(text)
        row = running.run_loadgen(["--idle", "-c", str(conns), "-T", "1"], 120, hook)
        if "error" in row:
            print(f"{server.name}: {row['error']}")
            return
        after = live_heap(histogram.read_text()) if before is not None else None
        if before is not None and after is not None:
            row["live_heap_bytes_per_conn"] = (after - before) / conns
        out.add("idle", row)
        print(f"{server.name}: done", flush=True)


def command_idle(args: argparse.Namespace) -> None:
    require_build()
    suite = catalog.suites()["tcp"]
    catalog.add_servers([suite], args.server)
    keep_only(suite, args.only, None, False)
    out = Results("idle", args.out)
    out.add_meta(args)
    for server in suite.servers:
        measure_idle(server, Cpus.choose(args.pin, args.first), args.conns, out)
    out.show()


# ---------------------------------------------------------------- start-up


def time_command(argv: tuple[str, ...]) -> dict[str, Any]:
    """Wall and CPU time of a command, its children included, from start to end."""
    began = time.perf_counter()
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "wall_ms": round(wall * 1e3, 2),
        "cpu_ms": round((usage.ru_utime + usage.ru_stime) * 1e3, 2),
        "status": process.returncode,
    }


def command_startup(args: argparse.Namespace) -> None:
    commands: dict[str, tuple[str, ...]] = {}
    commands[report.STARTUP_BASE] = (catalog.system_python(), "-c", "pass")
    commands.update(catalog.parse_named_command(text) for text in args.commands)
    out = Results("startup", args.out)
    out.add_meta(args)
    for argv in commands.values():
        time_command(argv)  # into the page cache
    for rep in range(args.runs):
        for name in random.sample(list(commands), len(commands)):
            out.add("startup", {"label": name, "rep": rep, **time_command(commands[name])})
    out.show()


# ---------------------------------------------------------------- command line


def require_build() -> None:
    if not (catalog.bin_dir() / "loadgen").exists():
        raise BenchError("nothing is built yet: run bench.py build")


def newest_results() -> list[Path]:
    files = list((catalog.out_dir() / "results").glob("*.jsonl"))
    if not files:
        raise BenchError(f"no results in {catalog.out_dir() / 'results'}")
    return [max(files, key=lambda f: f.stat().st_mtime)]


def command_table(args: argparse.Namespace) -> None:
    print(report.tables(report.read(args.files or newest_results())))


def command_chart(args: argparse.Namespace) -> None:
    import chart

    python = catalog.system_python()
    if importlib.util.find_spec("matplotlib") is None and catalog.has_module("matplotlib"):
        os.execv(python, [python, *sys.argv])

    rows = report.read(args.files or newest_results())
    chart.draw(rows, args.out, tuple(args.ours.split(",")))
    print(args.out)


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("has to be at least 1")
    return value


def duration(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 600:
        raise argparse.ArgumentTypeError("has to be between 0 and 600 seconds")
    return value


def parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    setup = commands.add_parser("setup", help="install missing Debian packages")
    setup.set_defaults(command_function=lambda _: builder.setup())
    build = commands.add_parser("build", help="build the load generator and the peers")
    build.set_defaults(command_function=lambda _: builder.build())

    output = argparse.ArgumentParser(add_help=False)
    output.add_argument("--out", metavar="FILE", help="append the results to this file")
    servers = argparse.ArgumentParser(add_help=False)
    servers.add_argument("--only", metavar="A,B", help="only these servers")
    servers.add_argument(
        "--server",
        action="append",
        default=[],
        metavar="[KIND:]NAME=COMMAND",
        help="measure this server too; its command has {port} or {path} in it (repeatable)",
    )
    servers.add_argument(
        "--pin",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="server and load generator on a CPU each (default)",
    )

    servers.add_argument(
        "--first",
        action="store_true",
        help="the highest weight for server and load generator, beside other load; needs root",
    )

    run = commands.add_parser("run", parents=[output, servers], help="measure suites")
    run.add_argument("suites", nargs="+", metavar="SUITE", help=", ".join(catalog.suites()))
    run.add_argument("--reps", type=positive, default=3, metavar="N", help="rounds (3)")
    run.add_argument("--scenario", metavar="A,B", help="only these, such as c50s32,c50s32d16")
    run.add_argument("--quick", action="store_true", help="one round of one scenario")
    run.add_argument("--seconds", type=duration, default=1.2, help="measured per run (1.2)")
    run.add_argument("--warmup", type=duration, default=0.3, help="before each run (0.3)")
    run.add_argument("--jvm-warmup", type=duration, default=5, help="after a JVM starts (5)")
    run.add_argument("--budget", type=float, default=3600, help="seconds in all (3600)")
    run.set_defaults(command_function=command_run)

    idle = commands.add_parser("idle", parents=[output, servers], help="memory per connection")
    idle.add_argument("--conns", type=positive, default=10000, metavar="N", help="(10000)")
    idle.set_defaults(command_function=command_idle)

    startup = commands.add_parser("startup", parents=[output], help="start-up of commands")
    startup.add_argument("commands", nargs="*", metavar="NAME=COMMAND")
    startup.add_argument("--runs", type=positive, default=15, metavar="N", help="(15)")
    startup.set_defaults(command_function=command_startup)

    table = commands.add_parser("table", help="tables from result files")
    table.add_argument("files", nargs="*", type=Path, metavar="FILE")
    table.set_defaults(command_function=command_table)

    chart = commands.add_parser("chart", help="an SVG from result files")
    chart.add_argument("files", nargs="*", type=Path, metavar="FILE")
    chart.add_argument("-o", dest="out", type=Path, default=Path("chart.svg"), metavar="SVG")
    chart.add_argument("--ours", default="reactor,blocking", metavar="A,B", help="names to stress")
    chart.set_defaults(command_function=command_chart)
    return top


def main() -> int:
    def on_sigterm(*_: object) -> None:
        raise SystemExit(143)  # so that with statements stop the servers

    signal.signal(signal.SIGTERM, on_sigterm)
    args = parser().parse_args()
    try:
        args.command_function(args)
    except BenchError as e:
        print(f"bench.py: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
