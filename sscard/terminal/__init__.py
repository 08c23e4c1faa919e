"""Terminals that use the cards: points of sale, PSAMs in shops, the hospitals' driver."""
