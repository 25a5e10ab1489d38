# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# Sourced by qemu-nvme.sh: its options, their defaults and what is refused.

print_help() {
  cat << 'END'
usage: ./qemu-nvme.sh [options] [-- COMMAND…]
Boots a kernel in QEMU, loads the module, runs COMMAND as root in the guest, prints what it
prints, exits with its status. Without COMMAND: a shell on the terminal.
  --driver rnvme|nvme|none    driver bound to the NVMe devices at start (default rnvme)
  --module stock|test         the module as it is, or the build that leaks handles on purpose
  --params STRING             parameters for 'modprobe rnvme'
  --smp N, --mem SIZE         guest size (default 2, 2G; 3G with a debug kernel)
  --nvme KEY=VALUE,…|none     one NVMe device with these QEMU properties; may be repeated. The n-th
                              has the id nvme<n-1> and sits behind a root port of its own, rp<n-1>
  --ns N:KEY=VALUE,…          a namespace of its own (QEMU's nvme-ns) on device N, which then has no
                              other; may be repeated
  --backing null[,KEY=VALUE…]|ram|FILE, --size SIZE
                              what is behind each namespace (default: a sparse temporary file, 4G)
  --filter DRIVER,KEY=VALUE…  a QEMU block filter (blkdebug, throttle…) between device and backing
  --device qemu|lying[=SCRIPT]  QEMU's own device (default), or this repository's, which misbehaves as
                              SCRIPT says and as 'lie' in the guest tells it (vm/lying/README.md);
                              may be repeated, a device each. --nvme adds devices of QEMU to them
  --control SOCKET            where a lying device takes lines from the host; the n-th for the n-th
  --accel auto|tcg|kvm|icount (default auto: KVM where a stock kernel boots with it, else TCG)
  --kernel stock|debug|debug-remove
                              the stock kernel (default); the debug kernel (vm/debug.config: KASAN,
                              lockdep…), built first where it is missing, in half an hour; its twin
                              that probes, removes and probes each device. RNVME_KERNEL is the default
  --share DIR, --out DIR      /share (read-only) and /out in the guest
  --qmp SOCKET                a QMP socket for unplugging, resizing, injecting
  --trace EVENTS              QEMU trace events (patterns, comma-separated), to trace.log in --out
  --append STRING, --qemu ARG kernel command line, QEMU argument, passed through; may be repeated
  --reboots N                 run COMMAND in N+1 boots one after the other; RNVME_BOOT counts them
  --timeout SECONDS           for all of it (default 600; 1800 with a debug kernel)
Written to --out as well: console.log, guest-errors.log (what the device model complains about).
END
}

refuse() {
  say "qemu-nvme.sh: $*"
  say "usage: ./qemu-nvme.sh [options] [-- COMMAND…]   (--help lists the options)"
  exit 2
}

set_defaults() {
  DRIVER=rnvme MODULE=stock PARAMS='' SMP=2 MEM='' NVME=() NS=() BACKING=file SIZE=4G BYTES=$((4 << 30)) FILTER=''
  LYING=() CONTROL=() ACCEL=auto KERNEL_KIND=${RNVME_KERNEL:-stock} SHARE='' OUT='' QMP='' TRACE='' APPEND=() QEMU=()
  REBOOTS=0 TIMEOUT='' COMMAND=()
}

# choose VALUE CHOICE…: refuses a value that is none of the choices.
choose() {
  local option=$1 value=$2 choice
  shift 2
  for choice in "$@"; do [[ $value != "$choice" ]] || return 0; done
  refuse "$option takes one of: $*; not '$value'"
}

need_number() { [[ $2 =~ ^[0-9]{1,6}$ ]] || refuse "$1 takes a number, not '$2'"; }

parse_options() {
  local option value
  while (($# > 0)); do
    option=$1
    shift
    case $option in
      --) COMMAND=("$@") && break ;;
      --help) print_help && exit 0 ;;
      --*=*) value=${option#*=} option=${option%%=*} ;;
      --driver | --module | --params | --smp | --mem | --nvme | --ns | --backing | --size | --filter | --device | --control | --accel | \
        --kernel | --share | --out | --qmp | --trace | --append | --qemu | --reboots | --timeout)
        (($# > 0)) || refuse "$option needs a value"
        value=$1
        shift
        ;;
      *) refuse "unknown option '$option'" ;;
    esac
    [[ $option == -- ]] || take_option "$option" "$value"
  done
  check_options
}

take_option() {
  case $1 in
    --driver) choose "$@" rnvme nvme none && DRIVER=$2 ;;
    --module) choose "$@" stock test && MODULE=$2 ;;
    --params) PARAMS=$2 ;;
    --smp) need_number "$@" && SMP=$2 ;;
    --mem) MEM=$2 ;;
    --nvme) NVME+=("$2") ;;
    --ns) [[ $2 =~ ^[0-9]+: ]] || refuse "--ns takes N:KEY=VALUE,…, not '$2'" && NS+=("$2") ;;
    --backing) BACKING=$2 ;;
    --size) SIZE=$2 BYTES=$(numfmt --from=iec -- "$2" 2> /dev/null) || refuse "--size takes bytes or a number with K, M, G, T, not '$2'" ;;
    --filter) FILTER=$2 ;;
    --device) take_device "$2" ;;
    --control) CONTROL+=("$(readlink -f "$2")") ;;
    --accel) choose "$@" auto tcg kvm icount && ACCEL=$2 ;;
    --kernel) choose "$@" stock debug debug-remove && KERNEL_KIND=$2 ;;
    --share) [[ -d $2 ]] || refuse "--share: no folder '$2'" && SHARE=$(readlink -f "$2") ;;
    --out) mkdir -p "$2" || refuse "--out: '$2' cannot be made" && OUT=$(readlink -f "$2") ;;
    --qmp) QMP=$(readlink -f "$2") ;;
    --trace) TRACE=$2 ;;
    --append) APPEND+=("$2") ;;
    --qemu) QEMU+=("$2") ;;
    --reboots) need_number "$@" && REBOOTS=$2 ;;
    --timeout) need_number "$@" && TIMEOUT=$2 ;;
    *) refuse "unknown option '$1'" ;;
  esac
}

take_device() {
  case $1 in
    qemu) ;;
    lying) LYING+=('') ;;
    lying=*) [[ -f ${1#*=} ]] || refuse "--device: no script '${1#*=}'" && LYING+=("$(readlink -f "${1#*=}")") ;;
    *) refuse "--device takes qemu, lying or lying=SCRIPT, not '$1'" ;;
  esac
}

check_options() {
  choose RNVME_KERNEL "$KERNEL_KIND" stock debug debug-remove
  # KASAN's shadow takes an eighth, lockdep and the rest are slow.
  if [[ $KERNEL_KIND == stock ]]; then
    : "${MEM:=2G}" "${TIMEOUT:=600}"
  else
    : "${MEM:=3G}" "${TIMEOUT:=1800}"
  fi
  case $BACKING in
    file | ram | null | null,*) ;;
    *) [[ -f $BACKING || -b $BACKING ]] || refuse "--backing: no file '$BACKING'"
      BACKING=$(readlink -f "$BACKING") ;;
  esac
  ((${#NVME[@]} + ${#LYING[@]} > 0)) || NVME=('')
  ((${#CONTROL[@]} <= ${#LYING[@]})) || refuse "--control needs a lying device each"
  [[ ${NVME[0]:-} != none ]] || NVME=()
  [[ $BACKING != /* ]] || ((${#NVME[@]} + ${#NS[@]} + ${#LYING[@]} <= 1)) || refuse "--backing FILE serves one device only"
  [[ $ACCEL != icount ]] || ((SMP == 1)) || refuse "--accel icount has one CPU: add --smp 1"
  ((REBOOTS == 0)) || [[ $BACKING != ram && $BACKING != null* ]] || refuse "--reboots needs a backing that lasts"
  if ((${#COMMAND[@]} == 0)); then
    [[ -t 0 && -t 1 ]] || refuse "no COMMAND, and no terminal for a shell"
    ((REBOOTS == 0)) || refuse "--reboots needs a COMMAND"
  fi
}
