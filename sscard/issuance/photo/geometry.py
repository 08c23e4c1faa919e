"""Where the face is: checked from landmarks that the caller supplies, never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from sscard.issuance.photo.faults import Fault, Problem
from sscard.issuance.photo.rules import PhotoRules

#: No picture is that large; NaN is not less, either.
_FAR = 100_000


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Pixels from the left and the upper edge; left and right are those of the picture.

    ``hair_top`` is 0 where the picture cuts the hair off.  Raises ValueError for numbers that are
    no places, and for a left that is not left of its right.
    """

    hair_top: float
    left_eye: tuple[float, float]
    right_eye: tuple[float, float]
    left_cheek: float
    right_cheek: float

    def __post_init__(self) -> None:
        numbers = (
            self.hair_top, *self.left_eye, *self.right_eye, self.left_cheek, self.right_cheek
        )  # fmt: skip
        if len(self.left_eye) != 2 or len(self.right_eye) != 2:
            raise ValueError("an eye is two numbers: from the left, from above")
        if not all(type(each) in (int, float) and abs(each) < _FAR for each in numbers):
            raise ValueError("landmarks are numbers of pixels")
        if self.left_eye[0] >= self.right_eye[0] or self.left_cheek >= self.right_cheek:
            raise ValueError("the left eye and cheek are left of the right ones")

    @classmethod
    def of(cls, document: object) -> Landmarks:
        """Landmarks from a JSON object of these names.  Raises ValueError."""
        names = [each.name for each in fields(cls)]
        if not isinstance(document, dict) or sorted(document) != sorted(names):
            raise ValueError(f"not an object of {', '.join(names)}")
        eyes = {name: document[name] for name in ("left_eye", "right_eye")}
        if not all(isinstance(each, list) for each in eyes.values()):
            raise ValueError("an eye is two numbers: from the left, from above")
        return cls(**{**document, **{name: tuple(each) for name, each in eyes.items()}})

    @property
    def eyes(self) -> tuple[float, float]:
        """The point in the middle between the eyes."""
        (left, above), (right, beside) = self.left_eye, self.right_eye
        return (left + right) / 2, (above + beside) / 2


def face_problems(face: Landmarks, rules: PhotoRules) -> Iterator[Problem]:
    """Whatever the rule's face geometry forbids (issuance 4 [S])."""
    across, down = face.eyes
    below = rules.height - down
    width = face.right_cheek - face.left_cheek
    yield from _between(Fault.FACE_WIDTH, width, rules.min_face_width, rules.max_face_width)
    beside = (face.left_cheek + face.right_cheek) / 2
    middle, tolerance = rules.width / 2, rules.centre_tolerance
    yield from _between(Fault.FACE_CENTRE, beside, middle - tolerance, middle + tolerance)
    if not _hair_must_be_cut(face.hair_top, below, rules):
        yield from _between(Fault.HAIR_TOP, face.hair_top, rules.min_hair_top, rules.max_hair_top)
    yield from _between(Fault.EYES_CENTRE, across, rules.min_eyes_left, rules.max_eyes_left)
    if below < rules.min_eye_line:
        wanted = f"≥ {rules.min_eye_line} px"
        yield Problem(Fault.EYE_LINE, f"{below:g} px", wanted)


def _between(fault: Fault, value: float, low: float, high: float) -> Iterator[Problem]:
    if not low <= value <= high:
        yield Problem(fault, f"{value:g} px", f"{low:g}–{high:g} px")


def _hair_must_be_cut(hair_top: float, below: float, rules: PhotoRules) -> bool:
    """Where top and eye limits conflict: moved down until the hair fits, the eyes are too low."""
    missing = rules.min_hair_top - hair_top
    return missing > 0 and below - missing < rules.min_eye_line
