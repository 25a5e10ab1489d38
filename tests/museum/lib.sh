# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced in the guest, after guest/lib.sh, by what replays exhibits: words that mean the same with
# rnvme and with the C driver. DRIVER is rnvme or nvme; ADDRESS the PCI function, DISK its first disk.
MUSEUM=$(dirname "${BASH_SOURCE[0]}")
LIE_TO=0
# Both drivers get these, so that the bad day is short.
readonly IO_TIMEOUT=3 ADMIN_TIMEOUT=2 RETRIES=20

# field FILE NAME: the value of the first such line of an exhibit's head.
field() {
  local line
  while IFS= read -r line; do
    [[ $line == "#"* ]] || return 0
    [[ $line != "# $2: "* ]] || { echo "${line#"# $2: "}" && return; }
  done < "$1"
}

load_driver() {
  case $DRIVER in
    rnvme) modprobe rnvme io_timeout=$IO_TIMEOUT admin_timeout=$ADMIN_TIMEOUT max_retries=$RETRIES "$@" ;;
    nvme)
      modprobe nvme_core io_timeout=$IO_TIMEOUT admin_timeout=$ADMIN_TIMEOUT max_retries=$RETRIES multipath=N
      modprobe nvme "$@"
      ;;
  esac
}

# address_of N: the PCI function of the N-th device, lying ones where there are any.
address_of() {
  local device number=0 wanted=0x010802
  ! grep --quiet 0x11e5 /sys/bus/pci/devices/*/device || wanted=0x12340x11e5
  for device in /sys/bus/pci/devices/*; do
    [[ $(< "$device/class") == "$wanted" || $(< "$device/vendor")$(< "$device/device") == "$wanted" ]] || continue
    [[ $number != "$1" ]] || { echo "${device##*/}" && return; }
    number=$((number + 1))
  done
  give_up "there is no device $1"
}

# use_device N: the exhibit is about the N-th device.
use_device() {
  LIE_TO=$1
  ADDRESS=$(address_of "$1")
}

tell() { lie -d "$LIE_TO" "$@"; }
is_lying() { [[ -e /sys/bus/pci/devices/$ADDRESS && $(< "/sys/bus/pci/devices/$ADDRESS/device") == 0x11e5 ]]; }

# stat_of NAME: a count of the lying device, 0 where there is none.
stat_of() {
  local found
  found=$(tell stats | sed --quiet "s/^$1=//p")
  echo "${found:-0}"
}

# told NAME: the lie was really told.
told() { (($(stat_of "told-$1") >= ${2:-1})) || give_up "the lie '$1' was told $(stat_of "told-$1") times"; }

unbind() { nvme-bind --no-wait none "$ADDRESS"; }
is_bound() { [[ -e /sys/bus/pci/devices/$ADDRESS/driver ]]; }

# The first disk of the device, and its controller in sysfs.
find_disk() {
  local path
  DISK='' CONTROLLER=''
  for path in "/sys/block/$DRIVER"*; do
    [[ -e $path && $(readlink -f "$path/device/device") == */"$ADDRESS" ]] || continue
    [[ -n $DISK ]] || DISK=/dev/${path##*/}
  done
  for path in /sys/bus/pci/devices/"$ADDRESS"/{rnvme,nvme}/*; do
    [[ ! -e $path ]] || CONTROLLER=$path
  done
}

has_disk() { find_disk && [[ -b ${DISK:-/none} ]]; }
has_no_disk() { ! has_disk; }

# bind [LINE…]: anew, the device telling the truth and these lies; fails where there is no disk. Without lies, a controller that is
# live serves as it is.
# shellcheck disable=SC2120
bind() {
  ! is_lying || tell honest
  if (($# == 0)) && [[ ! -e /tmp/lied ]] && is_bound && has_disk && is_live; then return; fi
  unbind
  rm -f /tmp/lied
  (($# == 0)) || touch /tmp/lied
  ! is_lying || tell honest "$@"
  nvme-bind "$DRIVER" "$ADDRESS"
  has_disk || give_up "no disk"
}

# try_bind SECONDS [LINE…]: comes to an end in time, well or not.
try_bind() {
  local start=$SECONDS limit=$1
  shift
  unbind
  touch /tmp/lied
  tell honest "$@"
  timeout "$limit" nvme-bind --no-wait "$DRIVER" "$ADDRESS" || true
  ((SECONDS - start <= limit)) || give_up "binding took $((SECONDS - start)) s"
  # A scan goes on behind the bind.
  sleep 0.5
  udevadm settle --timeout=5
  find_disk
}

# recovers: told the truth again, the device serves the next one who binds it.
recovers() {
  bind
  dd if="$DISK" of=/dev/null bs=4k count=16 iflag=direct
}

# verify [OPTION…]: what fio writes it reads, and sees no error.
verify() {
  fio --name=x --filename="$DISK" --direct=1 --rw=randrw --bsrange=4k-32k --size=1m --offset_increment=64m --numjobs=1 \
    --ioengine=io_uring --iodepth=16 --verify=crc32c --do_verify=1 --verify_fatal=1 --group_reporting --output=/tmp/fio.log "$@" ||
    give_up "fio: $(grep --max-count=2 --ignore-case 'error\|verify:' /tmp/fio.log | tr '\n' ' ')"
}

# stress SECONDS [OPTION…]: I/O in the background, its process in JOB.
stress() {
  local seconds=$1
  shift
  fio --name=x --filename="$DISK" --direct=1 --rw=randrw --bs=4k --size=256m --time_based --runtime="$seconds" --allow_file_create=0 \
    --ioengine=io_uring --iodepth=16 --output=/tmp/stress.log "$@" > /dev/null 2>&1 &
  JOB=$!
}

# unseen: the background job has seen no error.
unseen() { wait "$JOB" || give_up "the application saw an error: $(grep --max-count=1 --ignore-case 'error' /tmp/stress.log)"; }

# reset [SECONDS]: asks for a controller reset, whatever comes of it.
reset() { timeout "${1:-20}" bash -c "echo 1 > $CONTROLLER/reset_controller" || true; }

is_live() { [[ $(cat "$CONTROLLER/state" 2> /dev/null) == live ]]; }
comes_back() { wait_for "${1:-20}" is_live; }

# within SECONDS COMMAND…: COMMAND ends, well or not, in that time.
within() {
  local limit=$1 start=$SECONDS
  shift
  timeout "$limit" "$@" || true
  ((SECONDS - start < limit)) || give_up "no end after $limit s: $*"
}

# pulled COMMAND…: COMMAND takes the device away, and the disk has to go. A driver that does not notice is told, as hot plug would.
pulled() {
  local begin
  begin=$(now_ms)
  "$@"
  if ! (wait_for 5 has_no_disk); then
    only_rnvme give_up "it was not noticed"
    saw "not noticed within 5 s, so taken off the bus by hand"
    begin=$(now_ms)
    within 40 bash -c "echo 1 > /sys/bus/pci/devices/$ADDRESS/remove"
    wait_for 10 has_no_disk
  fi
  saw "the disk had gone after $(($(now_ms) - begin)) ms"
}

# job_ends SECONDS: the background job ends in that time; whether it has seen no error, which is told.
job_ends() {
  job_is_over() { ! kill -0 "$JOB" 2> /dev/null; }
  wait_for "$1" job_is_over
  if wait "$JOB"; then saw "the application saw no error"; else
    saw "the application saw errors"
    return 1
  fi
}

# saw WORDS: goes into the table.
saw() { echo "saw: $*"; }

# reload PARAMETER…: the driver anew with these, for this exhibit only.
reload() {
  local device
  for device in /sys/bus/pci/drivers/"$DRIVER"/0000:*; do
    [[ ! -e $device ]] || nvme-bind --no-wait none "${device##*/}"
  done
  rmmod "$DRIVER"
  trap 'unbind; rmmod $DRIVER' EXIT
  load_driver "$@"
}

# pool_is_filled OPTION…: fio with verification and so much in flight that the bounce buffer of 1 MiB ran full, as the kernel says,
# which says it ten times in five seconds at most. What is not given back is missed soon: nothing can be mapped any more.
pool_is_filled() {
  sleep 5
  verify --rw=write "$@"
  said --quiet 'swiotlb buffer is full'
}

# Kernel memory that nobody can reclaim, in KiB, once what waits for a grace period is over.
unreclaimable() {
  sync
  echo 3 > /proc/sys/vm/drop_caches
  sleep 0.5
  sed --quiet 's/^SUnreclaim: *\([0-9]*\).*/\1/p' /proc/meminfo
}

# said WORDS: since the exhibit began, the kernel's log has them.
said() { dmesg_since "$MARK" | grep --ignore-case "$@" || give_up "nothing said of '${*: -1}'"; }
only_rnvme() { [[ $DRIVER != rnvme ]] || "$@"; }
now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }

# bounded SECONDS LOG COMMAND…: gives COMMAND's status, or 124 where it has not ended; not even a
# process that cannot be killed is waited for.
bounded() {
  local seconds=$1 log=$2 job end
  shift 2
  setsid "$@" > "$log" 2>&1 < /dev/null &
  job=$!
  end=$((SECONDS + seconds))
  while kill -0 "$job" 2> /dev/null; do
    ((SECONDS < end)) || { kill -KILL -- "-$job" 2> /dev/null; return 124; }
    sleep 0.05
  done
  wait "$job"
}

# exhibits BOOT: the exhibits of a boot in order, those in $ONLY where it is set.
exhibits() {
  local file number
  for file in "$MUSEUM"/exhibits/*.sh; do
    number=$(field "$file" exhibit)
    [[ $(field "$file" boot) == "$1" && (-z ${ONLY:-} || " $ONLY " == *" $number "*) ]] || continue
    echo "$file"
  done
}

# show BOOT: each exhibit of it replayed with rnvme, a verdict each, museum_NUMBER.
show() {
  local file number status start
  for file in $(exhibits "$1"); do
    number=$(field "$file" exhibit)
    grep --quiet '^replay()' "$file" || continue
    start=$SECONDS
    status=0
    bounded "$(seconds_of "$file")" /tmp/exhibit.log bash "$MUSEUM/replay" rnvme "$file" || status=$?
    echo "== museum_$number after $((SECONDS - start)) s: $status" >&2
    cat /tmp/exhibit.log >&2
    if ((status == 0)); then echo "pass museum_$number"; else
      echo "fail museum_$number exit $status: $(last_words /tmp/exhibit.log)"
      # shellcheck disable=SC2034
      FAILED=1
    fi
  done
}

seconds_of() { local given; given=$(field "$1" seconds); echo "${given:-60}"; }
last_words() { grep --invert-match '^++* ' "$1" | tail -n 1 | cut --characters=1-200; }

# said_soon WORDS: as said, but what is told every ten seconds at most may have been told just before.
said_soon() {
  local turn
  for ((turn = 0; turn < 60; turn++)); do
    ! dmesg_since "$MARK" | grep --ignore-case "$@" || return 0
    sleep 0.2
  done
  give_up "nothing said of '${*: -1}'"
}
