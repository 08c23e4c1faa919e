"""Names with characters that GBK does not have: what the region does with them (issuance 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sscard.profiles.model import Profile
from sscard.profiles.substitutes import read_table, substituted


@dataclass(frozen=True, slots=True)
class RareCharacters:
    """The record goes back, goes to a desk of the region, or the chip has another spelling."""

    policy: str
    table: Mapping[str, str]

    @classmethod
    def of(cls, profile: Profile) -> RareCharacters:
        """As the settings of ``profile`` say."""
        table = read_table(profile.setting("rare_character_substitutes").text)
        return cls(profile.setting("rare_character_policy").text, table)

    @property
    def by_hand(self) -> bool:
        """Whether a desk of the region takes records with such a name."""
        return self.policy == "manual"

    def on_card(self, name: str) -> str:
        """The spelling in the chip; what the table does not have stays, and is refused later."""
        return substituted(name, self.table) if self.policy == "substitute" else name
