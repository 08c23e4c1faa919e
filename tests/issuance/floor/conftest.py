"""The stand-ins lie beside the tests, which import by path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
