"""Card faces and stripes (卡面与磁条): print records, layouts, previews; what a bank encodes."""

from __future__ import annotations

from sscard.issuance.face.data import FaceData
from sscard.issuance.face.error import FaceError
from sscard.issuance.face.fonts import FaceFont, find_font
from sscard.issuance.face.layout import FaceLayout
from sscard.issuance.face.listing import read_records, write_records
from sscard.issuance.face.loading import layout_names, load_face_layout
from sscard.issuance.face.record import PrintRecord, print_record
from sscard.issuance.face.render import render

__all__ = [
    "FaceData",
    "FaceError",
    "FaceFont",
    "FaceLayout",
    "PrintRecord",
    "find_font",
    "layout_names",
    "load_face_layout",
    "print_record",
    "read_records",
    "render",
    "write_records",
]
