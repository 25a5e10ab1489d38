# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: 27
# bug: a request of several bios is taken for one segment, and the wrong bytes are moved (nvme-pci: fix single segment detection)
# class: DMA
# boot: qemu
# by: test
# language: nothing: whether there is one segment is a matter of counting
# design: the iterator that maps is the one that counts; the short cut is taken for what it has returned
# test: pieces of memory of every size and place; that the short cut agrees with the long way is a property
# verdict: guest/museum_qemu: museum_27
# verdict: host/run: prps::the_short_cut_agrees_with_the_long_way
# verdict: host/run: prps::the_short_cut_agrees_with_the_long_way_around_one_and_two_pages
# fails with: the first segment alone is described: the data differ
# in C: fixed upstream
replay() {
  bind
  # Neighbours through the page cache, merged on their way.
  head --bytes=6M /dev/urandom > /tmp/data
  dd if=/tmp/data of="$DISK" bs=4k conv=fsync
  echo 3 > /proc/sys/vm/drop_caches
  cmp --bytes=$((6 << 20)) /tmp/data "$DISK"
  python3 -B /rnvme/tests/guest/lib/vectors.py "$DISK" $((64 << 20)) 40 27
}
