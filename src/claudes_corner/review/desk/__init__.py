"""The review desk: a local web page where editors read, compare and decide, and where no word can be changed.

Its third-party imports are starlette and uvicorn. It decides nothing itself and knows no other stage: `decisions.py`
decides, and how a draft looks to readers it is told by functions that `cli/` hands it.
"""
