"""The selected instance with what it forgets: channel and transaction."""

from __future__ import annotations

from sscard.cos.challenge import Challenges
from sscard.cos.pse.instance import Instance
from sscard.cos.pse.session import Session
from sscard.cos.pse.transaction import NONE, Transaction


class Selected:
    """Made by SELECT and dropped by the next: no channel outlives a selection."""

    def __init__(
        self,
        instance: Instance,
        challenges: Challenges,
        *,
        contactless: bool = False,
        blocks_in_order: bool = True,
    ) -> None:
        self.instance = instance
        self.challenges = challenges
        #: Whether the card was reset over its antenna.
        self.contactless = contactless
        #: A value that handlers replace, never change: so what a command did can be taken back.
        self.transaction: Transaction = NONE
        self.session = Session(instance, challenges, in_order=blocks_in_order)
