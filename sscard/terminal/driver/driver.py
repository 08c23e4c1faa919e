"""The functions of the interface: strings in, a code and a string out (ssc 7 [S])."""

from __future__ import annotations

from collections.abc import Sequence

from sscard.terminal.driver.codes import ErrorCode
from sscard.terminal.driver.functions import FUNCTIONS, Function
from sscard.terminal.driver.terminal import Terminal


class Driver:
    """One terminal's driver; what a step leaves for the next one is kept here."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def call(self, name: str, args: Sequence[bytes | int]) -> tuple[int, bytes]:
        """Any function by its exported name; strings are GBK, without the NUL of C.

        The answer is the code and the output, in GBK, without NUL.  Whatever is given, there is
        a code: −13 for no such function, −14 for other arguments.
        """
        function = FUNCTIONS.get(name)
        if function is None:
            return int(ErrorCode.NOT_SUPPORTED), b""
        if not _fits(function, args):
            return int(ErrorCode.PARAMETER), b""
        return int(ErrorCode.NOT_SUPPORTED), b""


def _fits(function: Function, args: Sequence[bytes | int]) -> bool:
    count = len(function.arguments)
    kinds = [isinstance(each, int) for each in args]
    return (
        count - function.optional <= len(args) <= count
        and kinds == list(function.integers)[: len(args)]
    )
