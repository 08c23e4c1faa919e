"""SSCardDriver.dll in both widths: what it exports and, with Wine for Windows, that it forwards."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest

from sscard.driver.c_build import COMPILERS, DLL, Convention, build_dll, write_sources
from sscard.driver.configuration import LONGEST, PORT
from sscard.driver.frames import answer_frame
from sscard.terminal.driver import FUNCTIONS

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).parent / "programs" / "windows.c"
WINE = {32: Path("/usr/lib/wine/wine"), 64: Path("/usr/lib/wine/wine64")}
#: Machine → what objdump calls its programs.
FORMATS = {32: "pei-i386", 64: "pei-x86-64"}


@pytest.fixture(scope="module")
def compilers(absent: Callable[[str], NoReturn]) -> Mapping[int, str]:
    for compiler in COMPILERS.values():
        if shutil.which(compiler) is None:
            absent(compiler)
    return COMPILERS


@pytest.fixture(scope="module")
def built(
    compilers: Mapping[int, str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    def build(bits: int, convention: Convention = Convention.STDCALL) -> Path:
        return build_dll(tmp_path_factory.mktemp("dll"), bits, convention)

    return build


def dumped(*words: object) -> str:
    command = [COMPILERS[64].replace("gcc", "objdump"), *map(str, words)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout


@pytest.mark.parametrize("bits", COMPILERS)
def test_exports(built: Callable[..., Path], bits: int) -> None:
    library = built(bits)
    assert library.parts[-2:] == (f"win{bits}", DLL)
    headers = dumped("-p", library)
    assert FORMATS[bits] in headers
    table = headers.split("[Ordinal/Name Pointer] Table", 1)[1].split("\n\n", 1)[0]
    assert set(re.findall(r"\[ *\d+\] (\S+)", table)) == set(FUNCTIONS), "undecorated"
    imported = set(re.findall(r"DLL Name: (\S+)", headers))
    assert imported == {"KERNEL32.dll", "msvcrt.dll", "WS2_32.dll"}, "nothing to install beside it"


@pytest.mark.parametrize("convention", Convention)
def test_who_cleans_the_stack(built: Callable[..., Path], convention: Convention) -> None:
    """On 32 bits the convention is which ``ret`` a function of two arguments ends with."""
    code = dumped("-d", "--no-show-raw-insn", built(32, convention))
    assert (re.search(r"\bret +\$0x8\b", code) is not None) is (convention is Convention.STDCALL)


def test_sources_for_another_compiler(tmp_path: Path) -> None:
    names = {path.name for path in write_sources(tmp_path)}
    assert names == {path.name for path in tmp_path.iterdir()}
    assert {"sscarddriver.h", "SSCardDriver.def", "forwarding.c", "wrappers.c"} <= names
    assert all(path.read_text("utf-8").isascii() for path in tmp_path.iterdir())
    constants = dict(
        re.findall(r"#define (\w+) (\d+)", (tmp_path / "request.h").read_text("ascii"))
    )
    assert (int(constants["SSCARD_PORT"]), int(constants["SSCARD_ROOM"])) == (PORT, LONGEST)


@pytest.mark.parametrize("bits", COMPILERS)
def test_the_sources_need_no_more(compilers: Mapping[int, str], tmp_path: Path, bits: int) -> None:
    """Compiled as by hand, in their folder."""
    sources = sorted(path.name for path in write_sources(tmp_path) if path.suffix != ".h")
    words = (compilers[bits], "-shared", "-o", DLL, *sources, "-lws2_32")
    assert subprocess.run(words, cwd=tmp_path, check=False).returncode == 0


@contextmanager
def squatter() -> Iterator[str]:
    """Another program that has taken the port; it answers more than any program has room for."""

    def answer() -> None:
        with suppress(OSError), listening.accept()[0] as client:
            client.recv(1 << 16)
            client.sendall(answer_frame(0, b"x" * LONGEST))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(60)
        threading.Thread(target=answer, daemon=True).start()
        yield str(listening.getsockname()[1])


@contextmanager
def service(configuration: Path) -> Iterator[str]:
    """``sscard terminal serve``; its port."""
    command = [sys.executable, "-m", "sscard", "terminal", "serve", "--port", "0"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    with subprocess.Popen(
        [*command, "--config", str(configuration)],
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
    ) as running:
        assert running.stderr is not None
        try:
            yield running.stderr.readline().strip().rpartition(":")[2]
        finally:
            running.terminate()
            assert running.wait(10) == 0
            assert running.stderr.read() == ""


@pytest.mark.full
@pytest.mark.parametrize("bits", COMPILERS)
def test_a_program_under_wine(
    desk: Any,
    built: Callable[..., Path],
    tmp_path: Path,
    absent: Callable[[str], NoReturn],
    bits: int,
) -> None:
    if not WINE[bits].exists():
        absent(f"wine for {bits} bits")
    library = built(bits)
    program = tmp_path / "hospital.exe"
    subprocess.run([COMPILERS[bits], "-Wall", "-Werror", "-o", program, PROGRAM], check=True)
    with service(desk.configuration) as port, squatter() as other:
        environment = os.environ | {
            "WINEPREFIX": str(tmp_path / "wine"),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=",
            "SSCARD_DRIVER_PORT": port,
        }
        done = subprocess.run(
            [WINE[bits], program, other, f"Z:{library}"],
            env=environment,
            capture_output=True,
            timeout=120,
            check=False,
        )
    wrong, out, mistakes, certificates, squatted, nobody = done.stdout.decode("gbk").splitlines()
    assert wrong == "0"
    assert "诸葛验收|" in out
    assert mistakes == "-14 -14 -14 -14"
    assert certificates == "-13 -3", "as the configuration says, and no step before it"
    assert squatted == "-42 0", "and nothing is written behind the buffer's first byte"
    assert nobody == "-11"
