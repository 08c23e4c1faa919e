"""A card's certificates as anybody may read them, for what is shown beside other things."""

from __future__ import annotations

from sscard.perso.certificates.reading import PairRead, read_pairs
from sscard.perso.plan import Connection, run
from sscard.profiles import Profile


def certificates_on(card: Connection, profile: Profile) -> tuple[PairRead, ...]:
    """Both pairs; nothing where profile or card have no certificate application.

    Nothing is shown to the card and nothing counts.  Raises TransportError.
    """
    declared = profile.certificates
    return run(read_pairs(declared), card) if declared is not None else ()
