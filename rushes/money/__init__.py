"""Known before, true after: quotes, budgets, the ledger, and the vendors' own figures."""
