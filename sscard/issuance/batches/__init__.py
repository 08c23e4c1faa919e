"""From the office's list to the person's hand: lists between the parties and orders in the ledger."""
