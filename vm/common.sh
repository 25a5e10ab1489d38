# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by the scripts of vm/, by qemu-nvme.sh and by tests/run: where things are, how progress
# and refusals look, how half-made things stay unnoticed.

PROJECT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# Package root, kernel tree and guest files: costly, keyed by what made them, shareable by clones.
CACHE=${RNVME_CACHE:-$PROJECT/.cache}
[[ $CACHE == /* ]] || CACHE=$PWD/$CACHE
BUILD=$PROJECT/.build
export PROJECT CACHE BUILD

say() { printf '%s\n' "$*" >&2; }

# One sentence: what is missing, what to do.
die() {
  say "rnvme: $*"
  exit 1
}

# run_step NAME LOG COMMAND…: COMMAND writes to LOG; every ten seconds a line says how far it is.
run_step() {
  local name=$1 log=$2 start=$SECONDS pid shown=0 status=0
  shift 2
  mkdir -p "$(dirname "$log")"
  say "$name (log: $log)"
  "$@" > "$log" 2>&1 < /dev/null &
  pid=$!
  # shellcheck disable=SC2064
  trap "kill -- $pid 2> /dev/null; exit 130" INT TERM
  while kill -0 "$pid" 2> /dev/null; do
    sleep 0.2
    if ((SECONDS - start >= shown + 10)); then
      shown=$((SECONDS - start))
      printf '  %4d s  %s\n' "$shown" "$(tail -n 1 "$log" | tr -d '\r' | cut -c 1-90)" >&2
    fi
  done
  wait "$pid" || status=$?
  trap - INT TERM
  if ((status == 0)); then
    printf '  %4d s  %s: done\n' $((SECONDS - start)) "$name" >&2
  fi
  return "$status"
}

# with_lock NAME COMMAND…: one at a time among all that share the cache.
with_lock() {
  local lock=$CACHE/$1.lock
  shift
  mkdir -p "$CACHE" 2> /dev/null || die "cannot write to $CACHE: set RNVME_CACHE to a folder that can be written."
  (
    exec 9> "$lock" || die "cannot write to $CACHE: set RNVME_CACHE to a folder that can be written."
    if ! flock --nonblock 9; then
      say "waiting for another run that holds $lock"
      flock 9
    fi
    "$@"
  )
}

# need_space FOLDER MEGABYTES WHAT: refuse before a long step rather than half way through it.
need_space() {
  local free
  free=$(df --output=avail --block-size=1M "$1" | tail -n 1)
  ((free >= $2)) || die "$1 has $((free)) MiB left and $3 needs $2 MiB: free some space or point RNVME_CACHE elsewhere."
}

# hash_of FILE…: the key of what is made from these files.
hash_of() { cat "$@" | sha256sum | cut -c 1-12; }

ROOT_KEY=$(hash_of "$PROJECT/vm/packages" "$PROJECT/vm/pins" "$PROJECT/vm/bootstrap")
ROOT=$CACHE/root-$ROOT_KEY
KERNEL_KEY=$(hash_of "$PROJECT/vm/kernel" <(printf '%s' "$ROOT_KEY"))
KERNEL=$CACHE/kernel-$KERNEL_KEY
GUEST_KEY=$(hash_of "$PROJECT/vm/guest" "$PROJECT/vm/initramfs-init" "$PROJECT/vm/guest-modules" <(printf '%s' "$ROOT_KEY"))
GUEST=$CACHE/guest-$GUEST_KEY
DEBUG_KEY=$(hash_of "$PROJECT/vm/debug.config" "$PROJECT/vm/kernel-debug-build" <(printf '%s' "$ROOT_KEY"))
DEBUG_KERNEL=$CACHE/debug-$DEBUG_KEY
DEBUG_GUEST=$CACHE/guest-debug-$(hash_of "$PROJECT/vm/guest" "$PROJECT/vm/initramfs-init" <(printf '%s' "$DEBUG_KEY"))
export ROOT KERNEL GUEST DEBUG_KERNEL DEBUG_GUEST
