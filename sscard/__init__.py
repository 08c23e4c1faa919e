"""Personalize, simulate and test Chinese social security cards (社会保障卡)."""

__version__ = "0.1.0"
__all__ = ["__version__"]
