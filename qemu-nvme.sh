#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The one door to the VM: boots a kernel in QEMU, loads the module, runs a command in the
# guest and gives back what it prints and its exit status. --help lists the options.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=vm/common.sh
. "$here/vm/common.sh"
# shellcheck source=vm/options.sh
. "$here/vm/options.sh"
# shellcheck source=vm/devices.sh
. "$here/vm/devices.sh"
# shellcheck source=vm/lying.sh
. "$here/vm/lying.sh"

# Exit status when the VM and not the command is at fault.
readonly BROKEN=125 TIMED_OUT=124
QEMU_PID='' CHILD=''

# shellcheck disable=SC2317
clean_up() {
  [[ -z $QEMU_PID ]] || kill "$QEMU_PID" 2> /dev/null || true
  [[ -z $CHILD ]] || kill -- "-$CHILD" 2> /dev/null || true
  ((${#SERVERS[@]} == 0)) || kill "${SERVERS[@]}" 2> /dev/null || true
  [[ -z ${WORK:-} ]] || rm -rf --one-file-system "$WORK"
  [[ -z ${RAM:-} ]] || rm -rf "$RAM"
}

# What the guest finds in /run/job, and the layer with the module that lies over the package root.
make_job() {
  local layer=$WORK/job/layer release modules
  release=$(< "$GUEST/release")
  modules=$layer/usr/lib/modules/$release
  mkdir -p "$modules/updates" "$layer/usr/sbin" "$layer/usr/local/sbin" "$layer/etc/modprobe.d"
  [[ -z $KO ]] || cp "$KO" "$modules/updates/rnvme.ko"
  cp "$GUEST/layer/usr/lib/modules/$release"/modules.{builtin,builtin.modinfo,order} "$modules/"
  ln -s usr/lib "$layer/lib"
  ln -s "$GUEST/layer/usr/lib/modules/$release/kernel" "$modules/kernel"
  "$here/vm/enter" depmod --basedir "$layer" "$release"
  rm "$modules/kernel"
  cp "$here/vm/init" "$layer/usr/sbin/rnvme-init"
  cp "$here/vm/nvme-bind" "$here/vm/lying/lie" "$layer/usr/local/sbin/"
  # Neither driver takes a device by itself when it appears; both load by name.
  printf 'blacklist nvme\nblacklist rnvme\n' > "$layer/etc/modprobe.d/rnvme-guest.conf"
  {
    printf 'exec'
    printf ' %q' "${COMMAND[@]}"
    printf '\n'
  } > "$WORK/job/command"
}

write_config() {
  local interactive=''
  ((${#COMMAND[@]} > 0)) || interactive=yes
  {
    printf '%s=%q\n' DRIVER "$DRIVER" PARAMS "$PARAMS" BOOT "$1" REBOOTS "$REBOOTS" INTERACTIVE "$interactive"
    printf '%s=%q\n' HAS_SHARE "$SHARE" HAS_OUT "$OUT" ROWS "$(tput lines 2> /dev/null || echo 25)" COLUMNS "$(tput cols 2> /dev/null || echo 80)"
  } > "$WORK/job/config"
}

# boot N: one life of the guest, from power on to QEMU's end. Sets QEMU_STATUS.
boot() {
  local prefix=() readers=()
  write_config "$1"
  machine_args "$1"
  ARGS+=("${QEMU[@]}")
  port_args
  folder_args
  nvme_args
  lying_args
  : > "$WORK/verdict"
  # The virtual clock is only exact when the main loop goes before the CPU's thread, on one core.
  [[ $ACCEL != icount ]] || prefix=(chrt --fifo --reset-on-fork 50 taskset --cpu-list "$(last_cpu)")
  QEMU_STATUS=0
  if ((${#COMMAND[@]} == 0)); then
    "$here/vm/enter" "${prefix[@]}" qemu-system-x86_64 "${ARGS[@]}" 2> "$WORK/qemu.err" || QEMU_STATUS=$?
    return
  fi
  # Held open here, so that the readers end when both QEMU and this script have closed them.
  exec 5<> "$WORK/stdout" 6<> "$WORK/stderr"
  cat < "$WORK/stdout" 5>&- 6>&- & readers+=($!)
  cat < "$WORK/stderr" >&2 5>&- 6>&- & readers+=($!)
  timeout --kill-after=5 "$((DEADLINE - SECONDS))" "$here/vm/enter" "${prefix[@]}" \
    qemu-system-x86_64 "${ARGS[@]}" < /dev/null > "$WORK/qemu.err" 2>&1 5>&- 6>&- &
  QEMU_PID=$!
  wait "$QEMU_PID" || QEMU_STATUS=$?
  QEMU_PID=''
  exec 5>&- 6>&-
  wait "${readers[@]}" || true
}

last_cpu() { taskset --cpu-list --pid $$ | grep --only-matching '[0-9]*$'; }

# judge N: sets STATUS from the verdict of boot N, what QEMU said and what the kernel reported.
judge() {
  local word rest
  cat "$WORK/qemu.err" >&2
  read -r word rest < "$WORK/verdict" || word='' rest=''
  if ((QEMU_STATUS == 124 || QEMU_STATUS == 137)); then
    say "qemu-nvme.sh: ended after $TIMEOUT s; the guest's last words:"
    tail -n 5 "$WORK/console.log" >&2
    STATUS=$TIMED_OUT
  elif [[ $word == status ]]; then
    STATUS=$rest
  elif [[ $word == broken ]]; then
    say "qemu-nvme.sh: $rest; the guest's last words:"
    tail -n 12 "$WORK/console.log" >&2
    STATUS=$BROKEN
  else
    say "qemu-nvme.sh: the guest ended without a verdict (QEMU: exit $QEMU_STATUS)"
    STATUS=$BROKEN
  fi
  if show_splats; then STATUS=$BROKEN; fi
}

# True when the kernel reported a defect; shows the report.
show_splats() {
  local patterns
  patterns=$(grep --invert-match '^#' "$here/vm/splats")
  grep --quiet --text --extended-regexp "$patterns" "$WORK/console.log" || return 1
  say "qemu-nvme.sh: the guest's kernel reported a defect:"
  grep --text --extended-regexp --before-context=2 --after-context=60 "$patterns" "$WORK/console.log" | tr -d '\r' | head -n 150 >&2
}

# QEMU writes traces and complaints to one log; they are told apart by form.
split_log() {
  local log
  for log in "$WORK"/qemu-*.log; do
    [[ -e $log ]] || continue
    if [[ -n $TRACE ]]; then
      grep --text --extended-regexp --invert-match '^[a-z0-9_]+ in [a-z0-9_]+: ' "$log" >> "$WORK/trace.log" || true
      grep --text --extended-regexp '^[a-z0-9_]+ in [a-z0-9_]+: |^[^a-z]|^[a-z0-9_]*[^a-z0-9_ ]' "$log" >> "$WORK/guest-errors.log" || true
    else
      cat "$log" >> "$WORK/guest-errors.log"
    fi
  done
}

# A child with a process group of its own, so that all of it ends when this script is ended.
run_child() {
  local status=0
  set -m
  "$@" < /dev/null &
  CHILD=$!
  set +m
  wait "$CHILD" || status=$?
  CHILD=''
  return "$status"
}

prepare() {
  local module=$MODULE
  run_child "$here/vm/prepare" "$KERNEL_KIND"
  if [[ $KERNEL_KIND != stock ]]; then
    GUEST=$DEBUG_GUEST
    module=debug
    [[ $MODULE == stock ]] || module+=-$MODULE
  fi
  IMAGE=$GUEST/vmlinuz
  [[ $KERNEL_KIND != debug-remove ]] || IMAGE=$DEBUG_KERNEL/bzImage-remove
  KO=''
  if [[ $DRIVER == rnvme || -e $PROJECT/driver/rnvme.rs ]]; then
    run_child "$here/vm/module" "$module"
    KO=$BUILD/$module/rnvme.ko
  fi
  ((${#LYING[@]} == 0)) || run_child "$here/vm/lying/build"
  [[ $ACCEL != auto ]] || ACCEL=$("$here/vm/accel")
  [[ $ACCEL != icount ]] || "$here/vm/enter" chrt --fifo 50 true 2> /dev/null ||
    die "--accel icount needs real-time priority: run as root with CAP_SYS_NICE."
}

set_defaults
parse_options "$@"
trap 'exit 130' INT
trap 'exit 143' TERM HUP
trap clean_up EXIT
prepare
WORK=$(mktemp --directory --tmpdir rnvme-vm.XXXXXX)
[[ $BACKING != ram ]] || RAM=$(mktemp --directory /dev/shm/rnvme-vm.XXXXXX)
mkfifo "$WORK/stdout" "$WORK/stderr"
: > "$WORK/guest-errors.log"
: > "$WORK/console.log"
make_job
start_servers
DEADLINE=$((SECONDS + TIMEOUT))
for ((number = 0; number <= REBOOTS; number++)); do
  boot "$number"
  judge "$number"
  ((STATUS == 0)) || break
done
split_log
end_servers
if [[ -n $OUT ]]; then
  cp "$WORK"/{console,guest-errors}.log "$OUT/"
  [[ ! -e $WORK/trace.log ]] || cp "$WORK/trace.log" "$OUT/"
fi
exit "$STATUS"
