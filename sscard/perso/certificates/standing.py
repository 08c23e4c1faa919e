"""How far a card has got, and what is done next: as tables.

The steps have one order, and each command happens as a whole or not at all.  So what can be read of
a torn card tells most of what cannot be read: PIN and master keys are replaced last, one after the
other.  ``FIRST`` and ``THEN`` say what is tried in which order; a card that was torn anywhere gets
at most one wrong try, and the right one behind it takes that back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, unique
from types import MappingProxyType

from sscard.perso.certificates.blank_card import Age


@unique
class Step(Enum):
    """What is done, in this order (ssc-more 1.5 [T]; read back: ours)."""

    #: Public half, then private half, which has to belong to it.
    PAIR = "encryption pair"
    SIGNATURE_CERTIFICATE = "signature certificate"
    ENCRYPTION_CERTIFICATE = "encryption certificate"
    READ_BACK = "read back"
    ADMIN_PIN = "admin PIN"
    ADF_MASTER = "master key of the ADF"
    DDF_MASTER = "master key of the DDF"


@unique
class Contents(Enum):
    """What can be read of the encryption pair and both certificates."""

    #: Zeros: nothing of any answer.
    NONE = "none"
    #: Something, and not all of this answer.
    PART = "part"
    #: All of this answer.
    WHOLE = "whole"


#: Which administrator's PIN is tried first, and which then, by what was read.
FIRST: Mapping[Contents, tuple[Age, ...]] = MappingProxyType(
    {
        Contents.NONE: (Age.OLD,),
        Contents.PART: (Age.OLD, Age.NEW),
        Contents.WHOLE: (Age.NEW, Age.OLD),
    }
)
#: Which master key, by the secret that is replaced before it.
THEN: Mapping[Age, tuple[Age, ...]] = MappingProxyType(
    {Age.OLD: (Age.OLD,), Age.NEW: (Age.NEW, Age.OLD)}
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a card has of an answer."""

    contents: Contents
    admin: Age
    adf: Age
    ddf: Age

    @property
    def left(self) -> tuple[Step, ...]:
        """What is still to be done, in its order.

        Files are done together: whether the private half has come, no file tells.
        """
        files = self.contents is Contents.WHOLE
        secrets = (each is Age.NEW for each in (self.admin, self.adf, self.ddf))
        done = (files, files, files, files, *secrets)
        return tuple(step for step, is_done in zip(Step, done, strict=True) if not is_done)

    @property
    def wrong_tries(self) -> int:
        """How many wrong tries it costs to find this out."""
        orders = (FIRST[self.contents], THEN[self.admin], THEN[self.adf])
        found = (self.admin, self.adf, self.ddf)
        return sum(order.index(age) for order, age in zip(orders, found, strict=True))


def after_a_tear() -> Iterator[Standing]:
    """Where a tear can leave a card, from the beginning of the order of work to its end."""
    old, new = Age.OLD, Age.NEW
    for contents in Contents:
        yield Standing(contents, old, old, old)
    yield Standing(Contents.WHOLE, new, old, old)
    yield Standing(Contents.WHOLE, new, new, old)
    yield Standing(Contents.WHOLE, new, new, new)
