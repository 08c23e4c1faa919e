"""Terminals that use the cards: so far a point of sale for the debit application."""
