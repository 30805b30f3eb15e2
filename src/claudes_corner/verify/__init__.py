"""Recomputes what is claimed, from the bytes that are there, and says what cannot be checked. It changes nothing.

`report.py` has the answer's form; `record.py` checks a ledger by itself, wherever it was found: in a workspace, a built
site, or on the web; `folders.py` checks a workspace's files against it.
"""
