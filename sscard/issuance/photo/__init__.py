"""Photos: the collected one judged, the card's file made of it (issuance 4 [S], ssc 2.1 [S]).

What belongs to lists of people is in ``attached``.  Pillow is imported where pixels are touched,
not before.
"""

from sscard.issuance.photo.card_photo import CardPhoto, fitted, make_card_photo, without_fill
from sscard.issuance.photo.faults import Fault, PhotoRefused, Problem
from sscard.issuance.photo.geometry import Landmarks
from sscard.issuance.photo.inspection import Inspection, inspect
from sscard.issuance.photo.quality import QualityEstimate, estimated_quality
from sscard.issuance.photo.reading import read_photo
from sscard.issuance.photo.rules import PhotoRules, load_rules

__all__ = [
    "CardPhoto",
    "Fault",
    "Inspection",
    "Landmarks",
    "PhotoRefused",
    "PhotoRules",
    "Problem",
    "QualityEstimate",
    "estimated_quality",
    "fitted",
    "inspect",
    "load_rules",
    "make_card_photo",
    "read_photo",
    "without_fill",
]
