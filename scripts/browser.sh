#!/bin/sh
# Makes sure that there is a Chromium for the browser tests: one that is named in CORNER_CHROMIUM, one on the path, or
# Debian's package. What is missing is said, and fails.
set -eu
if [ -n "${CORNER_CHROMIUM:-}" ]; then
  [ -x "$CORNER_CHROMIUM" ] || { echo "CORNER_CHROMIUM names no program: $CORNER_CHROMIUM" >&2; exit 1; }
elif ! command -v chromium >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing Debian's chromium for the browser tests"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
  else
    echo "the browser tests need Chromium: install it, or name its program in CORNER_CHROMIUM" >&2
    exit 1
  fi
fi
