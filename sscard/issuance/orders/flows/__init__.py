"""Flows A to G: which way an order goes (issuance 3)."""
