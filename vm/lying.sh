# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# Sourced by qemu-nvme.sh: the lying devices, a server each, which starts before QEMU and outlives its
# boots.

SERVERS=()

# What a server is told first: one namespace of the size and with the file that other devices get.
lying_namespace() { # NUMBER
  local file=$WORK/lying$1.img
  case $BACKING in
    null*) printf 'namespace 1 size=%s' "$BYTES" && return ;;
    ram) file=$RAM/lying$1.img ;;
    file) ;;
    *) file=$BACKING ;;
  esac
  printf 'namespace 1 size=%s file=%s' "$BYTES" "$file"
}

start_servers() {
  local number=0 script arguments socket
  for script in "${LYING[@]}"; do
    socket=$WORK/lying$number.sock
    [[ -z ${CONTROL[number]:-} ]] || ln -sf "$WORK/lying$number.control" "${CONTROL[number]}"
    arguments=(--socket "$socket" --control "$WORK/lying$number.control" --serial "lying$number"
      --breaches "$WORK/lying$number.breaches")
    # A script that makes namespaces has what it wants.
    grep --quiet '^ *namespace ' "${script:-/dev/null}" || arguments+=(--line "$(lying_namespace "$number")")
    [[ -z $script ]] || arguments+=(--script "$script")
    # Not the descriptors by which the guest's words are read.
    "$here/vm/enter" "$BUILD/lying/release/lying" "${arguments[@]}" < /dev/null > "$WORK/lying$number.log" 2>&1 5>&- 6>&- &
    SERVERS+=($!)
    wait_for_server "$number"
    number=$((number + 1))
  done
}

wait_for_server() { # NUMBER
  local tries
  for ((tries = 0; tries < 200; tries++)); do
    [[ ! -S $WORK/lying$1.sock ]] || return 0
    kill -0 "${SERVERS[$1]}" 2> /dev/null || break
    sleep 0.05
  done
  die "lying device $1 does not start: $(tail -n 1 "$WORK/lying$1.log")"
}

# The servers end, and what they found wrong with the driver joins QEMU's complaints.
end_servers() {
  local number
  for number in "${!SERVERS[@]}"; do
    kill "${SERVERS[number]}" 2> /dev/null || true
    wait "${SERVERS[number]}" 2> /dev/null || true
    cat "$WORK/lying$number.breaches" >> "$WORK/guest-errors.log"
    # A server says nothing unless it has failed.
    sed "s/^/lying$number ended: /" "$WORK/lying$number.log" >> "$WORK/guest-errors.log"
  done
  SERVERS=()
  ((${#CONTROL[@]} == 0)) || rm -f "${CONTROL[@]}"
}

# Root ports after those of QEMU's own devices; a port of the guest for each control socket.
lying_args() {
  local number port
  for number in "${!LYING[@]}"; do
    port=$((${#NVME[@]} + number))
    ARGS+=(-device "pcie-root-port,id=rp$port,bus=pcie.0,chassis=$((port + 1)),slot=$((port + 1))")
    ARGS+=(-device "{\"driver\":\"vfio-user-pci\",\"id\":\"lying$number\",\"bus\":\"rp$port\",\"socket\":{\"path\":\"$WORK/lying$number.sock\",\"type\":\"unix\"}}")
    ARGS+=(-chardev "socket,id=lie$number,path=$(escape "$WORK/lying$number.control")")
    ARGS+=(-device "virtserialport,bus=serial.0,chardev=lie$number,name=rnvme.lie$number")
  done
}
