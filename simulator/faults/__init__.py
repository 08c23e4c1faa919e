"""Faults of cards and readers, counted or seeded: for tests of whatever talks to cards."""

from __future__ import annotations

from simulator.faults.fault import Fault, Kind, Moment
from simulator.faults.faulty_card import FaultyCard
from simulator.faults.faulty_memory import FaultyNVM
from simulator.faults.power_cutter import SimulatedPowerCutter
from simulator.faults.torn_memory import PowerLoss, Torn, TornNVM

__all__ = [
    "Fault",
    "FaultyCard",
    "FaultyNVM",
    "Kind",
    "Moment",
    "PowerLoss",
    "SimulatedPowerCutter",
    "Torn",
    "TornNVM",
]
