"""``sscard terminal``: the hospital's driver for other programs, and its functions by hand."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, unique
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from sscard.driver.configuration import Configuration
    from sscard.driver.session import Session

app = typer.Typer(
    help="The driver of hospitals' programs (读写终端驱动): iReadCardBas and the others.",
    no_args_is_help=True,
)

Config: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Configuration (配置); else that in SSCARD_DRIVER_CONFIG.",
    ),
]
Output: TypeAlias = Annotated[Path, typer.Option(help="Folder for what is built (输出目录).")]

_REFUSED = 1


@unique
class Bits(Enum):
    """Which Windows programs a DLL is for."""

    BOTH = "both"
    WIN32 = "32"
    WIN64 = "64"


@unique
class Calling(Enum):
    """How a 32-bit program calls."""

    STDCALL = "stdcall"
    CDECL = "cdecl"


@app.callback()
def _group() -> None:
    """The driver of hospitals' programs (读写终端驱动): iReadCardBas and the others."""


@app.command(context_settings={"ignore_unknown_options": True})
def call(
    function: Annotated[str, typer.Argument(help="Name of a function (函数), as iReadCardBas.")],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(help="Its arguments in order, without pOutInfo.", show_default=False),
    ] = None,
    config: Config = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=1, max=0xFFFF, help="Ask `sscard terminal serve` at this port, no configuration."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Call one function of the driver, and explain what it says (调用接口函数).

    Example: `sscard terminal call iReadCardBas 1 --config driver.toml`

    Another: `sscard terminal call iReadCard 1 2 '639900D156…|X00000019|' 'SSSEEF06|08|09|$'`

    The answer is data of the card's holder: it is printed, and never in the log.

    Ends with 0 when the function returned 0, 1 when it returned another code, 2 for an unknown
    function, other arguments, a configuration that cannot be used.
    """
    from sscard.cli.terminal_words import document, lines

    given = _given(function, arguments or [])
    code, out = _called(function, given, config, port)
    if as_json:
        import json

        typer.echo(json.dumps(document(function, code, out), ensure_ascii=False, indent=2))
    else:
        for line in lines(function, code, out):
            typer.echo(line)
    if code:
        raise typer.Exit(_REFUSED)


@app.command()
def serve(
    config: Config = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=0xFFFF, help="Instead of service.port; 0 takes a free one."),
    ] = None,
) -> None:
    """Answer the driver's functions for SSCardDriver.dll on this computer (本机驱动服务).

    Example: `sscard terminal serve --config driver.toml`

    It listens on 127.0.0.1 only.  *Every program of this computer can use the terminal through it.*
    Calls are answered one after the other.  Runs until Ctrl-C or SIGTERM; a call under way is
    answered.

    Ends with 0 when it was told to end, 2 when it cannot begin: configuration, keys, port.
    """
    from sscard.driver.service import Service

    configuration = _configuration(config)
    session = _session(configuration)
    try:
        service = Service(session, configuration.port if port is None else port, session.log)
        with service.ended_by_signals():
            typer.secho(f"监听 listening on 127.0.0.1:{service.port}", err=True)
            service.run()
    finally:
        session.close()


@app.command("build-library")
def build_library(
    output: Output,
    compiler: Annotated[str, typer.Option(help="C compiler (编译器).")] = "gcc",
) -> None:
    """Build libsscarddriver.so and sscarddriver.h for programs in C (生成动态库).

    Example: `sscard terminal build-library --output lib`

    The library runs the Python that builds it, with its installed packages: build it again after
    either was moved.  Needs Linux, gcc and the extra `driver`.

    Ends with 0 when it is built, 2 when something is missing or the compiler refused.
    """
    from sscard.driver import c_build

    _show(c_build.build_library(output, compiler))


@app.command("build-dll")
def build_dll(
    output: Output,
    bits: Annotated[Bits, typer.Option(help="For programs of this width.")] = Bits.BOTH,
    calling: Annotated[
        Calling, typer.Option(help="How 32-bit programs call; on 64 bits there is one way.")
    ] = Calling.STDCALL,
    sources: Annotated[
        bool, typer.Option("--sources", help="Only the C files, for another compiler.")
    ] = False,
) -> None:
    """Build SSCardDriver.dll, which forwards to `sscard terminal serve` (生成 Windows DLL).

    Example: `sscard terminal build-dll --output dll`

    Needs Debian's `gcc-mingw-w64-i686-win32` and `gcc-mingw-w64-x86-64-win32`, on any system that
    has them.

    Ends with 0 when it is built, 2 when something is missing or the compiler refused.
    """
    from sscard.driver import c_build

    if sources:
        _show(c_build.write_sources(output))
        return
    convention = c_build.Convention(calling.value)
    for width in c_build.COMPILERS if bits is Bits.BOTH else (int(bits.value),):
        _show((c_build.build_dll(output, width, convention),))
    _show((c_build.write_header(output),))


def _show(paths: Sequence[Path]) -> None:
    for path in paths:
        typer.echo(str(path))


def _configuration(path: Path | None) -> Configuration:
    from sscard.driver.configuration import configured, read_configuration

    return configured() if path is None else read_configuration(path)


def _session(configuration: Configuration) -> Session:
    import logging

    from sscard.cli.summary import announce_test_keys
    from sscard.driver.opening import open_session

    session = open_session(configuration)
    # Why a reader does not answer, also for whoever has no log.
    told = logging.StreamHandler()
    told.setLevel(logging.WARNING)
    session.log.addHandler(told)
    announce_test_keys(session.test_keys)
    return session


def _called(
    function: str, given: Sequence[bytes | int], config: Path | None, port: int | None
) -> tuple[int, str]:
    """Code and output, from the driver here or from a service."""
    from sscard.driver.frames import Call
    from sscard.driver.service import asked

    if port is not None:
        code, out = asked(port, Call(function, tuple(given)))
        return code, out.decode("gb18030", "replace")
    session = _session(_configuration(config))
    try:
        code, out = session.call(function, given)
    finally:
        session.close()
    return code, out.decode("gb18030", "replace")


def _given(name: str, words: Sequence[str]) -> list[bytes | int]:
    """The arguments as the driver takes them.  Raises BadParameter saying what they are."""
    from sscard.terminal.driver import FUNCTIONS

    function = FUNCTIONS.get(name)
    if function is None:
        raise typer.BadParameter(f"there are {', '.join(FUNCTIONS)}", param_hint="FUNCTION")
    if not len(function.arguments) - function.optional <= len(words) <= len(function.arguments):
        said = f"{name} takes {', '.join(function.arguments)}"
        raise typer.BadParameter(said, param_hint="ARGUMENTS")
    return [_value(each, word) for each, word in zip(function.arguments, words, strict=False)]


def _value(argument: str, word: str) -> bytes | int:
    if argument.startswith("i"):
        if not word.isascii() or not word.removeprefix("-").isdigit():
            raise typer.BadParameter("is a whole number", param_hint=argument)
        return int(word)
    try:
        return word.encode("gbk")
    except UnicodeEncodeError:
        raise typer.BadParameter("has a character outside GBK", param_hint=argument) from None
