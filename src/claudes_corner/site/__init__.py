"""`content/` → `site/`: renders pages and feeds from what the ledger says is published, and writes what differs."""
