"""How far one driver goes: the real coordinator and ledger against simulated workers, and what limits them."""
