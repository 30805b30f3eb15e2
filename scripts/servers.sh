#!/bin/sh
# Makes sure that there are rsync and an ssh server for the tests of `corner deploy`: those that are here, or Debian's
# packages. What is missing is said, and fails. The server is started by the tests alone, on loopback.
set -eu
if ! command -v rsync >/dev/null 2>&1 || ! [ -x /usr/sbin/sshd ] || ! command -v ssh-keygen >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing Debian's rsync and openssh-server for the tests of deploy"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends rsync openssh-server >/dev/null
  else
    echo "the tests of deploy need rsync and an ssh server (/usr/sbin/sshd): install them" >&2
    exit 1
  fi
fi
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd # where sshd, started by root, keeps its unprivileged half
