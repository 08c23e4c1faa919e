"""The interface in C: header, module definition and wrappers, all from one table of functions."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.driver.configuration import LONGEST, VARIABLE
from sscard.terminal.driver import FUNCTIONS, Function

HEADER = "sscarddriver.h"


def arguments(function: Function) -> tuple[str, ...]:
    """What a C function takes before its output: of the optional arguments none.

    Field headers declare iVerifyPIN and iChangePIN with a type alone [2+].
    """
    return function.arguments[: len(function.arguments) - function.optional]


def prototypes() -> Iterator[str]:
    """One declaration for each function, without the semicolon."""
    for function in FUNCTIONS.values():
        yield f"long SSCARD_CALL {function.name}({_parameters(function)})"


def header() -> str:
    """``sscarddriver.h``."""
    lines = "\n".join(f"SSCARD_API {each};" for each in prototypes())
    return f"""{_HEAD}{lines}
{_FOOT}"""


def definition(library: str) -> str:
    """A module definition: the exported names as the specification has them, without decoration."""
    names = "\n".join(f"    {name}" for name in FUNCTIONS)
    return f"LIBRARY {library}\nEXPORTS\n{names}\n"


def wrappers() -> str:
    """The functions: each hands its name and arguments to ``sscard_forward``."""
    bodies = "\n".join(
        f"{prototype}\n{{\n    return sscard_forward({_forwarded(function)});\n}}\n"
        for function, prototype in zip(FUNCTIONS.values(), prototypes(), strict=True)
    )
    return f'#include "request.h"\n#include "{HEADER}"\n\n{bodies}'


def _parameters(function: Function) -> str:
    declared = [_declared(name) for name in arguments(function)]
    return ", ".join([*declared, "char *pOutInfo"])


def _declared(name: str) -> str:
    return f"int {name}" if name.startswith("i") else f"char *{name}"


def _forwarded(function: Function) -> str:
    names = arguments(function)
    kinds = "".join("i" if name.startswith("i") else "s" for name in names)
    return ", ".join([f'"{function.name}"', "pOutInfo", f'"{kinds}"', *names])


_HEAD = f"""\
/* Driver of Chinese social security cards: the interface of LD/T 33 and LD/T 6001.5.

   Strings are GBK, end with NUL and have | behind each item.  pOutInfo takes an answer: at most
   {LONGEST} bytes with its NUL, or what answers.longest in the configuration says.  Everything
   returns 0, or a negative code.  All functions may be called from any thread.

   The configuration is the file that the variable {VARIABLE} names.  */

#ifndef SSCARDDRIVER_H
#define SSCARDDRIVER_H

#ifdef _WIN32
#  ifdef SSCARD_CDECL
#    define SSCARD_CALL __cdecl
#  else
#    define SSCARD_CALL __stdcall
#  endif
#else
#  define SSCARD_CALL
#endif
#ifndef SSCARD_API
#  define SSCARD_API
#endif

#ifdef __cplusplus
extern "C" {{
#endif

"""
_FOOT = """
#ifdef __cplusplus
}
#endif

#endif
"""
