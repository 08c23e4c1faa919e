"""Stations: readers that make cards, side by side, whose cards say whose they are."""

from sscard.issuance.floor.board import Board
from sscard.issuance.floor.feeding import Fed, Feeder, NoMoreCards, Place
from sscard.issuance.floor.gates import Gate, GateRules
from sscard.issuance.floor.identifiers import BodyIdentifier, Reading, Reads, SimulatedIdentifier
from sscard.issuance.floor.mismatches import Mismatch, Mismatched
from sscard.issuance.floor.reader_loop import Reader, View
from sscard.issuance.floor.states import ReaderState
from sscard.issuance.floor.station import SharedHall, Station
from sscard.issuance.floor.stop_rules import Failures, StopRules

__all__ = [
    "Board",
    "BodyIdentifier",
    "Failures",
    "Fed",
    "Feeder",
    "Gate",
    "GateRules",
    "Mismatch",
    "Mismatched",
    "NoMoreCards",
    "Place",
    "Reader",
    "ReaderState",
    "Reading",
    "Reads",
    "SharedHall",
    "SimulatedIdentifier",
    "Station",
    "StopRules",
    "View",
]
