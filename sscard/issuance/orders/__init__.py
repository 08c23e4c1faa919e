"""Orders: from the collected record to the card in the person's hand (issuance 3)."""

from sscard.issuance.orders.banking import BankRow, Matched
from sscard.issuance.orders.batching import BatchWish
from sscard.issuance.orders.bodies import Body, NotThisCard
from sscard.issuance.orders.book import Orders
from sscard.issuance.orders.flow import Flow
from sscard.issuance.orders.holding import Replacement
from sscard.issuance.orders.jobs import Jobs
from sscard.issuance.orders.leases import LeaseLost
from sscard.issuance.orders.people import Account, Entry, Intake, Outcome, Person, Presence
from sscard.issuance.orders.rows import MadeAfter
from sscard.issuance.orders.rules import RuleBroken
from sscard.issuance.orders.topology import Topologies
from sscard.issuance.orders.work import Work

__all__ = [
    "Account",
    "BankRow",
    "BatchWish",
    "Body",
    "Entry",
    "Flow",
    "Intake",
    "Jobs",
    "LeaseLost",
    "MadeAfter",
    "Matched",
    "NotThisCard",
    "Orders",
    "Outcome",
    "Person",
    "Presence",
    "Replacement",
    "RuleBroken",
    "Topologies",
    "Work",
]
