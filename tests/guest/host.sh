# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by the tests that run on the host and boot guests of their own. Set SCRATCH, ended with the
# test, and OUT, which the guest sees as /out.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
SCRATCH=$(mktemp --directory)
OUT=$SCRATCH/out
VM='' FAILED=0
mkdir "$OUT"

# shellcheck disable=SC2317
clean_up() {
  [[ -z $VM ]] || kill "$VM" 2> /dev/null || true
  rm -rf "$SCRATCH"
}
trap clean_up EXIT

# verdict NAME CONDITION…: one line.
verdict() {
  local name=$1
  shift
  if "$@"; then echo "pass $name"; else
    echo "fail $name ${WHY:-not so: $*}"
    # shellcheck disable=SC2034
    FAILED=1
  fi
  WHY=''
}

# start OPTION… -- COMMAND…: boots in the background. The guest's words go to guest.out and guest.err.
start() {
  rm -f "$SCRATCH/qmp"
  ./qemu-nvme.sh --timeout 240 --out "$OUT" --qmp "$SCRATCH/qmp" "$@" > "$SCRATCH/guest.out" 2> "$SCRATCH/guest.err" < /dev/null &
  VM=$!
}

# end: waits for the guest. Fails with its words where it failed, or where the device complained.
end() {
  local status=0
  wait "$VM" || status=$?
  VM=''
  cat "$SCRATCH/guest.err" "$SCRATCH/guest.out" >&2
  if ((status != 0)); then
    WHY="qemu-nvme.sh: $status; $(grep --invert-match '^+' "$SCRATCH/guest.err" | tail -n 2 | tr '\n' ' ')"
  elif [[ -s $OUT/guest-errors.log ]]; then
    WHY="the device complains: $(head -n 1 "$OUT/guest-errors.log")"
    status=1
  fi
  return "$status"
}

# await NAME: until the guest has made /out/NAME; fails when it ends before.
await() {
  until [[ -e $OUT/$1 ]]; do
    kill -0 "$VM" 2> /dev/null || return 1
    sleep 0.1
  done
}

# tell NAME: makes /out/NAME, which the guest may wait for.
tell() { touch "$OUT/$1"; }

qmp() { vm/enter python3 "$PWD/tests/guest/lib/qmp.py" "$SCRATCH/qmp" "$@"; }
