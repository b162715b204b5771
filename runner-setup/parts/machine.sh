# shellcheck shell=sh
# shellcheck disable=SC2034 # read by whoever sources this
# Whether this machine can be a runner at all. Needs telling.sh and places.sh.

check_machine() {
  [ "$(id -u)" -eq 0 ] || fail 'This must run as root.' "Run it with sudo: sudo $0 ..."
  command -v apt-get >/dev/null 2>&1 ||
    fail 'This is not Debian, Ubuntu or Raspberry Pi OS: there is no apt-get.' 'runner-setup/README.md says what it does, to be done by hand elsewhere.'
  command -v systemctl >/dev/null 2>&1 || fail 'There is no systemd on this machine.' 'Install the package systemd-sysv.'
  case $(dpkg --print-architecture) in
    amd64) ARCH=x64 ;;
    arm64) ARCH=arm64 ;;
    armhf | armel)
      fail 'This system is 32-bit ARM, for which GitHub has ended its runner.' \
        'A Raspberry Pi 3 or newer runs the 64-bit Raspberry Pi OS: install that. Older ones cannot be runners any more.'
      ;;
    *) fail "There is no runner for $(dpkg --print-architecture): it takes amd64 or arm64." ;;
  esac
  glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/^glibc //')
  case $glibc in
    2.3[4-9] | 2.[4-9][0-9] | [3-9].*) ;;
    *) fail "This system's C library is ${glibc:-unknown}; 2.34 is needed." 'Debian 12, Ubuntu 22.04 and Raspberry Pi OS 12 have it.' ;;
  esac
  memory_kib=$(sed -n 's/^MemTotal: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
  # A device with 1 GB has somewhat less than that left for programs.
  if [ "$memory_kib" -lt 800000 ]; then
    fail "This machine has $((memory_kib / 1024)) MB of memory; 1 GB is needed."
  fi
  free_kib=$(df -Pk /var/lib | sed -n '2s/^[^ ]* *[0-9]* *[0-9]* *\([0-9]*\) .*/\1/p')
  if [ "$free_kib" -lt 2000000 ]; then
    fail "Only $((free_kib / 1024)) MB are free on the disk of /var/lib; 2 GB are needed." 'Free some space and run this again.'
  fi
}

# is_systemd_running: whether units can be started now; in a chroot or an image they start at the next boot.
is_systemd_running() { [ -d /run/systemd/system ]; }

# systemctl then only puts files in order; it would not know by itself in every container.
is_systemd_running || export SYSTEMD_OFFLINE=1

count_cpus() { getconf _NPROCESSORS_ONLN; }
