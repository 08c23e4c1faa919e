"""Commands and answers of the debit application in words, with account and PIN hidden."""
