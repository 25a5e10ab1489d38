# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2054
# Sourced by qemu-nvme.sh: QEMU's arguments for the machine and its devices, in the array ARGS.

# escape PATH: a comma in a value of QEMU's option lists is written twice.
escape() { printf '%s' "${1//,/,,}"; }

machine_args() {
  ARGS=(-nodefaults -no-user-config -display none -no-reboot -m "$MEM" -smp "$SMP")
  # The lying devices are processes of their own, and the guest's memory is theirs too.
  if ((${#LYING[@]} > 0)); then
    ARGS+=(-object "memory-backend-memfd,id=ram,size=$MEM,share=on" -machine memory-backend=ram)
  fi
  case $ACCEL in
    kvm) ARGS+=(-machine q35 -accel kvm -cpu host) ;;
    # With five levels of page tables KASAN reports wild accesses that nobody made, now and then.
    tcg) ARGS+=(-machine q35 -accel tcg,thread=multi,tb-size=512 -cpu "max$([[ $KERNEL_KIND == stock ]] || printf ',la57=off')") ;;
    icount) ARGS+=(-machine q35 -accel tcg,thread=single -icount shift=0,sleep=off,align=off -cpu max) ;;
  esac
  ARGS+=(-kernel "$IMAGE" -initrd "$GUEST/initramfs.cpio" -append "$(kernel_command_line "$1")")
  ARGS+=(-chardev "file,id=console,path=$(escape "$WORK/console.log"),append=on" -serial chardev:console)
  ARGS+=(-d guest_errors -D "$WORK/qemu-$1.log")
  [[ -z $TRACE ]] || for event in ${TRACE//,/ }; do ARGS+=(-trace "enable=$event"); done
  [[ -z $QMP ]] || ARGS+=(-qmp "unix:$(escape "$QMP"),server=on,wait=off")
}

kernel_command_line() {
  local line="console=ttyS0 panic=-1 oops=panic panic_on_warn=0 printk.time=1 loglevel=7 audit=0 selinux=0 apparmor=0"
  if [[ $KERNEL_KIND == stock ]]; then
    line+=" sysctl.kernel.hung_task_timeout_secs=60 sysctl.kernel.watchdog_thresh=30 rcupdate.rcu_cpu_stall_timeout=60"
  else
    line+=" sysctl.kernel.hung_task_timeout_secs=120 sysctl.kernel.watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120"
    # A busy host makes the timer look broken, and behind an IOMMU that is a panic.
    line+=" kasan_multi_shot iommu.debug_pagealloc=1 no_timer_check"
  fi
  if [[ $ACCEL == icount ]]; then
    line+=" nokaslr tsc=reliable kfence.sample_interval=0"
  else
    line+=" kfence.sample_interval=20"
  fi
  printf '%s' "$line ${APPEND[*]}"
}

# Ports of their own for verdict, output and error; a terminal when there is no command.
port_args() {
  local name names=(verdict)
  ((${#COMMAND[@]} == 0)) || names+=(stdout stderr)
  ARGS+=(-device virtio-serial-pci,id=serial)
  for name in "${names[@]}"; do
    ARGS+=(-chardev "file,id=$name,path=$(escape "$WORK/$name")" -device "virtserialport,bus=serial.0,chardev=$name,name=rnvme.$name")
  done
  [[ ${#COMMAND[@]} -gt 0 ]] ||
    ARGS+=(-chardev stdio,id=terminal,signal=off -device virtconsole,bus=serial.0,chardev=terminal,name=rnvme.terminal)
}

# folder TAG PATH [OPTION]: a host folder for the guest over 9p.
folder() {
  ARGS+=(-fsdev "local,id=$1,path=$(escape "$2"),security_model=none,multidevs=remap${3:+,$3}" -device "virtio-9p-pci,fsdev=$1,mount_tag=$1")
}

folder_args() {
  folder root "$ROOT" readonly=on
  folder stock "$GUEST/layer" readonly=on
  folder job "$WORK/job" readonly=on
  folder project "$PROJECT" readonly=on
  [[ -z $SHARE ]] || folder share "$SHARE" readonly=on
  [[ -z $OUT ]] || folder out "$OUT"
}

# backing NAME: block nodes for one namespace; the topmost is called NAME.
backing() {
  local node=$1 child=file
  [[ -z $FILTER ]] || node=$1-back
  case $BACKING in
    null*) ARGS+=(-blockdev "driver=null-co,node-name=$node,size=$BYTES,read-zeroes=on${BACKING#null}") ;;
    file | ram)
      local file=$WORK/$1.img
      [[ $BACKING == file ]] || file=$RAM/$1.img
      [[ -e $file ]] || truncate --size "$SIZE" "$file" || die "--size $SIZE: no such file can be made in ${file%/*}."
      ARGS+=(-blockdev "driver=file,node-name=$node-file,filename=$(escape "$file"),discard=unmap,cache.no-flush=on")
      ARGS+=(-blockdev "driver=raw,node-name=$node,file=$node-file,discard=unmap,cache.no-flush=on") ;;
    *)
      local driver=file
      [[ ! -b $BACKING ]] || driver=host_device
      ARGS+=(-blockdev "driver=$driver,node-name=$node-file,filename=$(escape "$BACKING"),discard=unmap")
      ARGS+=(-blockdev "driver=raw,node-name=$node,file=$node-file,discard=unmap") ;;
  esac
  [[ -n $FILTER ]] || return 0
  [[ ${FILTER%%,*} != blkdebug ]] || child=image
  ARGS+=(-blockdev "driver=$FILTER,node-name=$1,$child=$node,discard=unmap")
}

# Each controller behind a root port of its own, so that it can be unplugged.
nvme_args() {
  local index=0 count=0 properties ns
  for properties in "${NVME[@]}"; do
    ARGS+=(-device "pcie-root-port,id=rp$index,bus=pcie.0,chassis=$((index + 1)),slot=$((index + 1))")
    properties="id=nvme$index,bus=rp$index,$([[ ,$properties == *,serial=* ]] || printf 'serial=rnvme%d,' "$index")$properties"
    if [[ " ${NS[*]}" == *" $index:"* ]]; then
      ARGS+=(-device "nvme,${properties%,}")
      for ns in "${NS[@]}"; do
        [[ $ns == "$index":* ]] || continue
        backing "disk$index-$count"
        ARGS+=(-device "nvme-ns,bus=nvme$index,drive=disk$index-$count,${ns#*:}")
        count=$((count + 1))
      done
    else
      backing "disk$index"
      ARGS+=(-device "nvme,drive=disk$index,${properties%,}")
    fi
    index=$((index + 1))
  done
}
