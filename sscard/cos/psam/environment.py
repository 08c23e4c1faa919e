"""The one environment of a PSAM: what a user card's application has, and the rules of its chip."""

from __future__ import annotations

from collections.abc import Callable

from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.environment import Environment
from sscard.cos.files import ElementaryFile
from sscard.cos.partition import Partition
from sscard.dialects.psam_chip import PsamRules
from sscard.keys import Suite

MF, APPLICATION = 0x3F00, 0xDF01


class PsamEnvironment(Environment):
    """``rules`` is what the specification leaves open."""

    def __init__(
        self, partition: Partition, random: Callable[[int], bytes], suite: Suite, rules: PsamRules
    ) -> None:
        super().__init__(partition, MF, random, suite)
        self.rules = rules

    def own_file(self, fid: int, *, of_root: bool = False) -> ElementaryFile:
        """A file that the card itself reads: of the current directory, or of the MF.

        Raises StatusError 6985 where it is not there: this is no application, or none yet.
        """
        directory = self.files.directories.get(self.root) if of_root else self.directory
        file = directory.by_fid.get(fid) if directory else None
        if file is None:
            raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
        return file

    def content(self, file: ElementaryFile) -> bytes:
        """All of a file without records."""
        at, size = file.places[0]
        return bytes(self.nvm.image[at : at + size])
