"""Building the C library and the Windows DLLs: compilers are called here."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from enum import Enum, unique
from importlib import resources
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from sscard.driver import c_text
from sscard.driver.c_text import HEADER
from sscard.errors import SscardError
from sscard.terminal.driver import FUNCTIONS

LIBRARY = "libsscarddriver.so"
#: Windows programs look for this name (ssc 7 [S]).
DLL = "SSCardDriver.dll"


@unique
class Convention(Enum):
    """How 32-bit Windows programs call; on 64 bits there is one way only."""

    #: What the field's own headers say [2+].
    STDCALL = "stdcall"
    CDECL = "cdecl"


#: Bits of a DLL → Debian's compiler for it.
COMPILERS = {32: "i686-w64-mingw32-gcc", 64: "x86_64-w64-mingw32-gcc"}
_WARNINGS = ("-Wall", "-Wextra", "-Werror", "-O2")
_CALLBACK = "long sscard_dispatch(char *request, long size, char *out);"
_PYTHON_SIDE = """
from _sscarddriver import ffi
from sscard.driver import embedded

@ffi.def_extern(error=-5, onerror=embedded.tell)
def sscard_dispatch(request, size, out):
    code, answer = embedded.dispatch(ffi.buffer(request, size)[:])
    ffi.memmove(out, answer, len(answer))
    return code
"""


class BuildError(SscardError):
    """No compiler, or it refused; the message has its words."""


def build_library(folder: Path, compiler: str = "gcc") -> tuple[Path, ...]:
    """Library and header in ``folder``.  Raises BuildError, also without cffi or not on Linux."""
    if sys.platform != "linux":
        raise BuildError("libsscarddriver.so is for Linux; Windows programs use SSCardDriver.dll")
    with _sources() as work:
        (work / "callback.c").write_text(_callback_source(work), "utf-8")
        (work / "names.map").write_text(_version_script(), "ascii")
        target = _target(folder, LIBRARY)
        _run(
            compiler,
            "-shared",
            "-fPIC",
            "-pthread",
            *_WARNINGS,
            f'-DSSCARD_PYTHON="{sys.executable}"',
            f"-I{sysconfig.get_path('include')}",
            *(str(work / name) for name in ("wrappers.c", "request.c", "embedded.c")),
            "-Wno-unused-parameter",
            str(work / "callback.c"),
            f"-Wl,--version-script={work / 'names.map'}",
            f"-Wl,-soname,{LIBRARY}",
            *_python_library(),
            "-ldl",
            "-o",
            str(target),
        )
    return target, write_header(folder)


def build_dll(folder: Path, bits: int, convention: Convention) -> Path:
    """The DLL of a width, in a folder of its own.  Raises BuildError."""
    with _sources() as work:
        (work / "names.def").write_text(c_text.definition(DLL), "ascii")
        place = folder / f"win{bits}"
        target = _target(place, DLL)
        _run(
            COMPILERS[bits],
            "-shared",
            *_WARNINGS,
            "-std=c99",
            *(("-DSSCARD_CDECL",) if convention is Convention.CDECL else ()),
            *(str(work / name) for name in ("wrappers.c", "request.c", "forwarding.c")),
            str(work / "names.def"),
            "-static-libgcc",
            "-s",
            "-Wl,--enable-stdcall-fixup",
            "-lws2_32",
            "-o",
            str(target),
        )
    return target


def write_sources(folder: Path) -> tuple[Path, ...]:
    """What a DLL is made from, for other compilers.  Raises BuildError."""
    with _sources() as work:
        names = ("wrappers.c", "request.c", "request.h", "forwarding.c")
        texts = {name: (work / name).read_text("utf-8") for name in names}
    texts["SSCardDriver.def"] = c_text.definition(DLL)
    written = []
    for name, text in texts.items():
        written.append(_target(folder, name))
        written[-1].write_text(text, "utf-8")
    return *written, write_header(folder)


@contextmanager
def _sources() -> Iterator[Path]:
    """A folder with the C sources of this package, the header and the wrappers."""
    with TemporaryDirectory(prefix="sscard-build-") as name:
        work = Path(name)
        for source in (resources.files("sscard.driver") / "c_sources").iterdir():
            (work / source.name).write_text(source.read_text("utf-8"), "utf-8")
        (work / "wrappers.c").write_text(c_text.wrappers(), "ascii")
        write_header(work)
        yield work


def _callback_source(work: Path) -> str:
    """What cffi writes for the Python side."""
    try:
        from cffi import FFI
    except ImportError:
        raise BuildError('需要 cffi is missing: python -m pip install "sscard[driver]"') from None
    ffi = FFI()
    ffi.embedding_api(_CALLBACK)
    ffi.set_source("_sscarddriver", "")
    ffi.embedding_init_code(_PYTHON_SIDE)
    target = work / "cffi.c"
    with redirect_stdout(StringIO()):  # it says which file it writes
        ffi.emit_c_code(str(target))
    return target.read_text("utf-8")


def _version_script() -> str:
    names = "".join(f" {name};" for name in FUNCTIONS)
    return f"{{ global:{names} local: *; }};\n"


def _python_library() -> Sequence[str]:
    """How to link with the Python that runs this."""
    folder = sysconfig.get_config_var("LIBDIR")
    return f"-L{folder}", f"-Wl,-rpath,{folder}", f"-lpython{sysconfig.get_python_version()}"


def write_header(folder: Path) -> Path:
    """``sscarddriver.h`` in ``folder``."""
    path = _target(folder, HEADER)
    path.write_text(c_text.header(), "ascii")
    return path


def _target(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def _run(*words: str) -> None:
    """Raises BuildError."""
    try:
        done = subprocess.run(  # noqa: S603 - a compiler, without a shell
            words, capture_output=True, encoding="utf-8", errors="replace", check=False
        )
    except FileNotFoundError:
        raise BuildError(
            f"没有编译器 no compiler {words[0]}: {_PACKAGES.get(words[0], '')}"
        ) from None
    if done.returncode:
        raise BuildError(f"{words[0]}: {done.stderr.strip()}")


_PACKAGES = {
    "gcc": "apt-get install gcc libc6-dev",
    COMPILERS[32]: "apt-get install gcc-mingw-w64-i686-win32",
    COMPILERS[64]: "apt-get install gcc-mingw-w64-x86-64-win32",
}
