"""For whom: applicants, numbers, the ledger, the production line and what it leaves behind."""
