# SPDX-License-Identifier: Apache-2.0
"""Which servers and scenarios there are, and how each server is started."""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
KINDS = ("tcp", "unix", "udp", "unix-dgram")
BY_PATH = ("unix", "unix-dgram")  # these servers get a {path}, the others a {port}
JVM_FLAGS = ("-XX:+UseParallelGC", "-Xmx2g", "-Xms256m")
NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED"
MIN_JDK = 25


class BenchError(Exception):
    """Something the user has to put right; shown without a traceback."""


def out_dir() -> Path:
    """Where everything that is built or measured goes."""
    default = Path.home() / ".cache" / "sockeye-bench"
    return Path(os.environ.get("SOCKEYE_BENCH_OUT") or default).absolute()


def bin_dir() -> Path:
    return out_dir() / "bin"


def java_dir() -> Path:
    return out_dir() / "java"


# ---------------------------------------------------------------- tools


def _jdk_release(home: Path) -> int:
    """The feature version of the JDK in a folder; 0 if there is none."""
    try:
        text = (home / "release").read_text()
    except OSError:
        return 0
    found = re.search(r'JAVA_VERSION="(\d+)', text)
    return int(found.group(1)) if found and (home / "bin" / "javac").exists() else 0


def _jdk_candidates() -> Iterable[Path]:
    if os.environ.get("JAVA_HOME"):
        yield Path(os.environ["JAVA_HOME"])
    javac = shutil.which("javac")
    if javac:
        yield Path(javac).resolve().parents[1]
    for pattern in (
        "/usr/lib/jvm/*",
        "/opt/*jdk*",
        "/opt/java/*",
        "/usr/local/*jdk*",
        f"{Path.home()}/.sdkman/candidates/java/*",
        f"{Path.home()}/.jdks/*",
        f"{Path.home()}/.m2/jdks/*",
    ):
        yield from sorted(Path("/").glob(pattern.lstrip("/")))


@functools.cache
def find_jdk() -> Path | None:
    """JAVA_HOME if it is new enough, else the first such JDK in the usual folders."""
    return next((h for h in _jdk_candidates() if _jdk_release(h) >= MIN_JDK), None)


@functools.cache
def system_python() -> str:
    """The distribution's Python, which is the one that has its Twisted."""
    return "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable


@functools.cache
def has_module(name: str) -> bool:
    probe = [system_python(), "-c", f"import {name}"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


# ---------------------------------------------------------------- servers


@dataclass(frozen=True)
class Server:
    """An echo server: its command with {port} or {path} in it, and why it cannot run, if so."""

    name: str
    argv: tuple[str, ...]
    missing: str = ""

    def command(self, port: int, path: str) -> list[str]:
        return [a.replace("{port}", str(port)).replace("{path}", path) for a in self.argv]


def _address(kind: str) -> str:
    return f"{kind}:{{path}}" if kind in BY_PATH else f"{kind}:{{port}}"


def _not_built(file: Path) -> str:
    return "" if file.exists() else "not built (bench.py build says why)"


def _binary(name: str, program: str, *args: str) -> Server:
    file = bin_dir() / program
    return Server(name, (str(file), *args), _not_built(file))


def _java(name: str, module: str, main: str, *args: str, flags: tuple[str, ...] = ()) -> Server:
    home = find_jdk()
    if home is None:
        return Server(name, (), f"no JDK {MIN_JDK} found (JAVA_HOME)")
    classes = java_dir() / module / "classes"
    jars = java_dir() / module / "lib" / "*"
    argv = (str(home / "bin" / "java"), *JVM_FLAGS, *flags, "-cp", f"{classes}:{jars}")
    missing = _not_built(classes / "bench" / module / f"{main}.class")
    return Server(name, (*argv, f"bench.{module}.{main}", *args), missing)


def _netty(name: str, transport: str, kind: str) -> Server:
    args = (transport, _address(kind))
    return _java(name, "netty", "NettyEcho", *args, flags=(NATIVE_ACCESS,))


def _junix(name: str, mode: str) -> Server:
    args = (mode, "{path}")
    return _java(name, "junixsocket", "JunixsocketEcho", *args, flags=(NATIVE_ACCESS,))


def _python(name: str, script: str, *args: str, module: str = "") -> Server:
    missing = "" if not module or has_module(module) else f"no Python module {module}"
    file = str(HERE / "peers" / "python" / script)
    return Server(name, (system_python(), file, *args), missing)


def _uring(name: str, kind: str, *options: str) -> Server:
    return _binary(name, "echo_uring", _address(kind), *options)


LARGE = ("nb=512", "bs=32768")  # provided buffers that hold a 16 KiB message


def _tcp_servers() -> list[Server]:
    return [
        _binary("c-epoll", "echo_epoll", _address("tcp")),
        _uring("c-uring", "tcp", *LARGE),
        _netty("netty-nio", "nio", "tcp"),
        _netty("netty-epoll", "epoll", "tcp"),
        _netty("netty-uring", "io_uring", "tcp"),
        _java("vertx", "vertx", "VertxEcho", "{port}"),
        _java("jdk-nio", "jdk", "SelectorEcho", _address("tcp")),
        _java("jdk-vt", "jdk", "VirtualThreadSocketEcho", "{port}"),
        _java("jdk-vt-bare", "jdk", "BareEcho", _address("tcp"), flags=(NATIVE_ACCESS,)),
        _binary("go", "echo_go", "{port}"),
        _python("py-asyncio", "asyncio_echo.py", "{port}"),
        _python("py-threads", "socketserver_echo.py", "tcp", "{port}"),
        _python("twisted", "twisted_echo.py", "{port}", module="twisted"),
    ]


def _unix_servers() -> list[Server]:
    return [
        _binary("c-epoll", "echo_epoll", _address("unix")),
        _uring("c-uring", "unix", *LARGE),
        _netty("netty-epoll", "epoll", "unix"),
        _netty("netty-uring", "io_uring", "unix"),
        _java("jdk-nio", "jdk", "SelectorEcho", _address("unix")),
        _java("jdk-vt-ch", "jdk", "VirtualThreadChannelEcho", _address("unix")),
        _java("jdk-vt-bare", "jdk", "BareEcho", _address("unix"), flags=(NATIVE_ACCESS,)),
        _junix("junix-vt", "virtual"),
        _junix("junix-pt", "platform"),
        _python("py-threads", "socketserver_echo.py", "unix", "{path}"),
    ]


def _udp_servers() -> list[Server]:
    return [
        _binary("c-mmsg", "echo_epoll", _address("udp")),
        _binary("c-single", "echo_epoll", _address("udp"), "single"),
        _netty("netty-nio", "nio", "udp"),
        _netty("netty-epoll", "epoll", "udp"),
        _netty("netty-uring", "io_uring", "udp"),
        _java("jdk-dgch", "jdk", "UdpEcho", "{port}", "channel"),
        _java("jdk-dgch-vt", "jdk", "UdpEcho", "{port}", "virtual"),
        _java("jdk-dgsock", "jdk", "UdpEcho", "{port}", "socket"),
        _python("py-threads", "socketserver_echo.py", "udp", "{port}"),
    ]


def _unix_dgram_servers() -> list[Server]:
    return [
        _binary("c-mmsg", "echo_epoll", _address("unix-dgram")),
        _binary("c-single", "echo_epoll", _address("unix-dgram"), "single"),
        _junix("junix-dgram", "dgram"),
        _junix("junix-dgch", "dgram-channel"),
        _python("py-dgram", "socketserver_echo.py", "unix-dgram", "{path}"),
    ]


def _variants() -> list[Server]:
    """What single options of io_uring and of the JVM's poller are worth."""
    return [
        _binary("c-epoll", "echo_epoll", _address("tcp")),
        _uring("c-uring", "tcp", *LARGE),
        _uring("c-uring-4k", "tcp"),
        _uring("c-uring-4k-bundle", "tcp", "bundle"),
        _uring("c-uring-coop", "tcp", *LARGE, "coop"),
        _uring("c-uring-plain", "tcp", *LARGE, "plain"),
        _uring("c-uring-sqpoll", "tcp", *LARGE, "sqpoll"),
        _uring("c-uring-zc", "tcp", *LARGE, "zc"),
        _netty("netty-uring", "io_uring", "tcp"),
        _netty("netty-uring-nobuf", "io_uring_no_buffer_ring", "tcp"),
        _java("jdk-vt", "jdk", "VirtualThreadSocketEcho", "{port}"),
        _java(
            "jdk-vt-syspoller",
            "jdk",
            "VirtualThreadSocketEcho",
            "{port}",
            flags=("-Djdk.pollerMode=1",),
        ),
    ]


# ---------------------------------------------------------------- suites


@dataclass(frozen=True)
class Scenario:
    """A load: connections, bytes per message, messages in flight per connection."""

    conns: int
    size: int
    depth: int = 1
    flood: bool = False

    @property
    def name(self) -> str:
        depth = f"d{self.depth}" if self.depth > 1 else ""
        return f"c{self.conns}s{self.size}{depth}{'flood' if self.flood else ''}"


@dataclass
class Suite:
    name: str
    kind: str
    servers: list[Server]
    scenarios: list[Scenario]
    reference: str = field(default="c-epoll")  # ratios are against this one


def suites() -> dict[str, Suite]:
    pipelined = Scenario(50, 64, 16)
    tcp = [Scenario(c, s) for s in (32, 1024, 16384) for c in (1, 50, 1000)]
    all_suites = [
        Suite("tcp", "tcp", _tcp_servers(), [*tcp, Scenario(50, 32, 16)]),
        Suite("unix", "unix", _unix_servers(), [Scenario(1, 64), Scenario(50, 64), pipelined]),
        Suite(
            "udp",
            "udp",
            _udp_servers(),
            [Scenario(1, 64), Scenario(50, 64), Scenario(4, 64, flood=True)],
            reference="c-mmsg",
        ),
        Suite(
            "unix-dgram",
            "unix-dgram",
            _unix_dgram_servers(),
            [Scenario(1, 64), Scenario(50, 64)],
            reference="c-mmsg",
        ),
        Suite(
            "variants",
            "tcp",
            _variants(),
            [Scenario(50, 32), Scenario(50, 16384), Scenario(50, 32, 16)],
        ),
    ]
    return {s.name: s for s in all_suites}


def parse_named_command(text: str) -> tuple[str, tuple[str, ...]]:
    """NAME=COMMAND, the command split as a shell would."""
    name, equals, command = text.partition("=")
    argv = tuple(shlex.split(command))
    if not equals or not argv or not re.fullmatch(r"[\w.+-]+", name):
        raise BenchError(f"not NAME=COMMAND: {text!r}")
    return name, argv


def add_servers(chosen: list[Suite], texts: Iterable[str]) -> None:
    """Adds servers under test, [KIND:]NAME=COMMAND, to the chosen suites of their kind.

    Without KIND the placeholder tells it: {port} is tcp or udp, {path} unix or unix-dgram,
    whichever of the two is among the chosen suites.
    """
    kinds = {s.kind for s in chosen}
    for text in texts:
        prefix, colon, rest = text.partition(":")
        explicit = bool(colon) and prefix in KINDS
        name, argv = parse_named_command(rest if explicit else text)
        placeholder = "{path}" if any("{path}" in a for a in argv) else "{port}"
        if not any(placeholder in a for a in argv):
            raise BenchError(f"{name}: the command has neither {{port}} nor {{path}} in it")
        possible = {k for k in kinds if (k in BY_PATH) == (placeholder == "{path}")}
        if explicit:
            possible &= {prefix}
        if not possible:
            raise BenchError(f"{name}: no suite of its kind is being run")
        if len(possible) > 1:
            raise BenchError(f"{name}: say of which kind, {' or '.join(sorted(possible))}:{name}=")
        for suite in chosen:
            if suite.kind not in possible:
                continue
            if any(s.name == name for s in suite.servers):
                raise BenchError(f"{name}: a server of this name is in suite {suite.name}")
            suite.servers.append(Server(name, argv))
