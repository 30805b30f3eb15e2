"""Sends the built site to where readers get it: a folder, another machine by rsync, an object store.

`files.py` knows what is sent and in which order, `sending.py` how it goes whatever the target is; each target is a file
of its own, `hook.py` tells a command of the newsletter's what has changed. Nothing here builds, decides, or changes
anything but the target and `drafts/receipts/`.
"""
