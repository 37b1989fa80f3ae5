# SPDX-License-Identifier: Apache-2.0
"""Builds the load generator and the peers; installs packages when asked to."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from catalog import HERE, MIN_JDK, BenchError, bin_dir, find_jdk, has_module, java_dir

# Debian package for each tool that is looked for.
PACKAGES = {"gcc": "gcc libc6-dev", "mvn": "maven", "go": "golang-go"}
TWISTED_PACKAGE = "python3-twisted"
CHART_PACKAGE = "python3-matplotlib"
JAVA_MODULES = ("jdk", "netty", "vertx", "junixsocket")


class _Failed(Exception):
    pass


def _call(argv: list[str], cwd: Path, env: Mapping[str, str] | None = None) -> None:
    run = subprocess.run(
        argv,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if run.returncode == 0:
        return
    lines = [s for s in run.stdout.splitlines() if s.strip() and "WARN" not in s]
    raise _Failed("\n    ".join(lines[:12]) or f"exit status {run.returncode}")


def _need(tool: str) -> str:
    found = shutil.which(tool)
    if not found:
        raise _Failed(f"no {tool} (Debian: {PACKAGES[tool]}; bench.py setup installs it)")
    return found


def _compile_c(target: str, sources: list[str], folder: Path, *flags: str) -> None:
    gcc = _need("gcc")
    output = str(bin_dir() / target)
    _call([gcc, "-O2", "-Wall", "-Wextra", *flags, "-o", output, *sources], folder)


def _build_loadgen() -> None:
    sources = ["loadgen.c", "engine.c", "support.c"]
    _compile_c("loadgen", sources, HERE / "loadgen", "-pthread")


def _build_c_peer(name: str) -> None:
    _compile_c(name, [f"{name}.c"], HERE / "peers" / "c")


def _build_java(module: str) -> None:
    jdk = find_jdk()
    if jdk is None:
        raise _Failed(f"no JDK {MIN_JDK} or newer; set JAVA_HOME")
    arch = {"x86_64": "x86_64", "aarch64": "aarch_64"}.get(platform.machine(), "")
    folder = HERE / "peers" / "java" / module
    properties = [f"-Dbench.out={java_dir()}", f"-Dnative.arch={arch}"]
    _call([_need("mvn"), "-q", "-B", *properties, "compile"], folder, {"JAVA_HOME": str(jdk)})


def _build_go() -> None:
    output = str(bin_dir() / "echo_go")
    _call([_need("go"), "build", "-o", output, "echo.go"], HERE / "peers" / "go")


def _check_twisted() -> None:
    if not has_module("twisted"):
        raise _Failed(f"not installed (Debian: {TWISTED_PACKAGE}; bench.py setup installs it)")


def build() -> None:
    """Builds what can be built. Only the load generator and the C servers are indispensable."""
    bin_dir().mkdir(parents=True, exist_ok=True)
    java_dir().mkdir(parents=True, exist_ok=True)
    steps: list[tuple[str, bool, Callable[[], None]]] = [
        ("loadgen", True, _build_loadgen),
        ("C epoll", True, lambda: _build_c_peer("echo_epoll")),
        ("C io_uring", False, lambda: _build_c_peer("echo_uring")),
        *((f"Java {m}", False, lambda m=m: _build_java(m)) for m in JAVA_MODULES),
        ("Go", False, _build_go),
        ("Twisted", False, _check_twisted),
    ]
    for name, required, step in steps:
        try:
            step()
            print(f"{name:18} ok", flush=True)
        except _Failed as e:
            print(f"{name:18} {'FAILED' if required else 'skipped'}: {e}", flush=True)
            if required:
                raise BenchError(f"{name} could not be built") from None
    print(f"built into {bin_dir().parent}")


def setup() -> None:
    """Installs the missing Debian packages. A JDK is not among them: Debian has no recent one."""
    wanted = [p for tool, p in PACKAGES.items() if not shutil.which(tool)]
    if not has_module("twisted"):
        wanted.append(TWISTED_PACKAGE)
    if not has_module("matplotlib"):
        wanted.append(CHART_PACKAGE)
    if find_jdk() is None:
        print(f"no JDK {MIN_JDK} found: install one and set JAVA_HOME; the Java peers need it")
    if not wanted:
        print("nothing to install")
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *" ".join(wanted).split()]
    if os.geteuid() != 0:
        command.insert(0, "sudo")
    print("+", shlex.join(command), flush=True)
    if subprocess.run(command, check=False).returncode != 0:
        raise BenchError("apt-get failed")
