#!/bin/sh
# Compressed memory as swap, half as large as the memory: zram.sh start|stop.
set -eu

case ${1:-} in
  start)
    modprobe zram num_devices=1 || { echo 'This kernel has no zram; the device goes without swap.' && exit 0; }
    if grep -q '^/dev/zram0 ' /proc/swaps; then exit 0; fi
    kib=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB$/\1/p' /proc/meminfo) / 2))
    echo 1 >/sys/block/zram0/reset
    echo "${kib}K" >/sys/block/zram0/disksize
    mkswap --label tracey-zram /dev/zram0 >/dev/null
    swapon --priority 100 /dev/zram0
    ;;
  stop)
    if grep -q '^/dev/zram0 ' /proc/swaps; then
      swapoff /dev/zram0
      echo 1 >/sys/block/zram0/reset
    fi
    ;;
  *)
    echo 'Usage: zram.sh start|stop' >&2
    exit 2
    ;;
esac
