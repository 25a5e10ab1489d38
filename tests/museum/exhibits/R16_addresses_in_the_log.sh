# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# exhibit: R16
# bug: a format prints raw addresses of the kernel (rust: fmt fb7d64517618, 643a7c306b8c)
# class: INFO
# boot: lying
# by: test
# language: nothing: a pointer can be printed
# design: no message has one
# test: all that the kernel said while the exhibits before ran is searched for addresses
# fails with: a message with {:p} of the controller: found
# in C: addresses are hashed
replay() {
  bind
  verify
  reset
  comes_back
  dmesg | grep "$DRIVER" > /tmp/log
  refused grep --extended-regexp '\b(0x)?ffff[0-9a-f]{12}\b' /tmp/log
}
