"""From the office's list to the hand: lists between parties joined with orders in the ledger."""
