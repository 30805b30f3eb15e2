"""`drafts/` → `content/`: where editors read, compare and decide, and where no word can be changed."""
