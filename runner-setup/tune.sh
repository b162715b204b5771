#!/bin/sh
# Settings of the machine that make timings stable: tune.sh show [--json] | apply | reset.
#
# Each knob is a set of files of the kernel with the value they should have, or files of systemd that are put there. What was there
# before is kept before the first change and given back by reset. A knob that this machine does not have is said to be absent.
set -eu

SETUP=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=runner-setup/parts/telling.sh
. "$SETUP/parts/telling.sh"
# shellcheck source=runner-setup/parts/places.sh
. "$SETUP/parts/places.sh"

BEFORE_FOLDER=$LEDGER_FOLDER/tuning
CPU=$ROOT/sys/devices/system/cpu

# Timers of Debian that would fire in a measurement: once a week, together.
TIMERS='apt-daily apt-daily-upgrade man-db logrotate e2scrub_all fstrim dpkg-db-backup anacron phpsessionclean mlocate plocate-updatedb'

print_usage() {
  cat <<'TEXT'
Usage: tune.sh show [--json] | apply | reset

  show    each setting: what it is, what it should be
  apply   set them, remembering what they were; again: the same
  reset   give back what they were
TEXT
}

# list_knobs: name, file pattern and wanted value, and why. Patterns have no spaces.
list_knobs() {
  cat <<TEXT
governor|$CPU/cpu[0-9]*/cpufreq/scaling_governor|performance|the clock does not follow the load
turbo|$CPU/intel_pstate/no_turbo|1|the clock does not depend on heat
boost|$CPU/cpufreq/boost|0|the clock does not depend on heat
smt|$CPU/smt/control|off|no second thread shares a core with a measured one
swappiness|$ROOT/proc/sys/vm/swappiness|$(want_swappiness)|memory of a measured process is not written to a disk
nmi-watchdog|$ROOT/proc/sys/kernel/nmi_watchdog|0|no interrupts by the watchdog
huge-pages|$ROOT/sys/kernel/mm/transparent_hugepage/enabled|never|no memory is merged in the background
huge-pages-defrag|$ROOT/sys/kernel/mm/transparent_hugepage/defrag|never|no memory is merged in the background
irq-default|$ROOT/proc/irq/default_smp_affinity|$(want_irq 1)|interrupts go to the first CPU
irq|$ROOT/proc/irq/[0-9]*/smp_affinity_list|$(want_irq 0)|interrupts go to the first CPU
TEXT
}

# With compressed memory as swap it is used early; on a disk hardly.
want_swappiness() {
  if grep -q '^/dev/zram' "$ROOT/proc/swaps" 2>/dev/null; then echo 100; else echo 1; fi
}

# want_irq VALUE: nothing where there is one CPU.
want_irq() { [ "$(count_cpus)" -lt 2 ] || echo "$1"; }

count_cpus() { find "$CPU" -maxdepth 1 -name 'cpu[0-9]*' 2>/dev/null | wc -l; }

# read_value FILE: of "always [madvise] never" the chosen word.
read_value() {
  value=$(cat "$1" 2>/dev/null) || return 1
  case $value in
    *'['*']'*) value=${value#*\[} && value=${value%%\]*} ;;
  esac
  printf '%s' "$value"
}

# write_value FILE VALUE: whether the kernel took it.
write_value() { (printf '%s\n' "$2" >"$1") 2>/dev/null && [ "$(read_value "$1")" = "$2" ]; }

# keep_before NAME FILE: once, before the first change.
keep_before() {
  before=$BEFORE_FOLDER/$1
  if grep -qF "$2	" "$before" 2>/dev/null; then return; fi
  { cat "$before" 2>/dev/null || :; printf '%s\t%s\n' "$2" "$(cat "$2")"; } >"$before.new"
  mv -f "$before.new" "$before"
}

# forget_before NAME FILE: nothing was changed. What the machine does not take is noted, so that it is not asked for again and again.
forget_before() {
  before=$BEFORE_FOLDER/$1
  { grep -vF "$2	" "$before" || :; } >"$before.new"
  if [ -s "$before.new" ]; then mv -f "$before.new" "$before"; else rm -f "$before.new" "$before"; fi
  is_refused "$2" || printf '%s\n' "$2" >>"$BEFORE_FOLDER/refused"
}

is_refused() { grep -qxF "$1" "$BEFORE_FOLDER/refused" 2>/dev/null; }

# give_back FILE TEXT: as it read before. The kernel wants the chosen word alone.
give_back() {
  chosen=$2
  case $2 in *'['*']'*) chosen=${2#*\[} && chosen=${chosen%%\]*} ;; esac
  [ -e "$1" ] || return 0
  [ "$(read_value "$1")" = "$chosen" ] || write_value "$1" "$chosen" || { warn "$1 could not be set back to \"$(shorten "$chosen")\"." && return 1; }
  if [ "$(cat "$1")" != "$2" ]; then (printf '%s\n' "$2" >"$1") 2>/dev/null || :; fi
  [ "$(read_value "$1")" = "$chosen" ] || write_value "$1" "$chosen"
}

# is_wanted NAME VALUE: whether a knob with this value is to be changed.
is_wanted() {
  # Where there is no second thread to a core, the kernel says so in words.
  [ "$1" != smt ] || [ "$2" = on ] || [ "$2" = off ]
}

apply_knob() {
  [ -n "$3" ] || return 0
  changed=0 refused=0
  for file in $2; do
    value=$(read_value "$file") || continue
    if [ "$value" = "$3" ] || ! is_wanted "$1" "$value" || is_refused "$file"; then continue; fi
    keep_before "$1" "$file"
    if write_value "$file" "$3"; then
      changed=$((changed + 1))
    else
      refused=$((refused + 1))
      forget_before "$1" "$file"
    fi
  done
  if [ "$changed" -gt 0 ]; then say "$1: $3 ($4)"; fi
  # Some interrupts belong to one CPU and cannot be moved: that is as it must be.
  if [ "$refused" -gt 0 ] && [ "$1" != irq ]; then warn "$1: this machine does not take \"$3\"."; fi
}

reset_knob() {
  before=$BEFORE_FOLDER/$1
  [ -e "$before" ] || return 0
  failed=0
  while IFS='	' read -r file text; do give_back "$file" "$text" || failed=1; done <"$before"
  if [ "$failed" -eq 0 ]; then
    rm -f "$before"
    say "$1: as it was"
  fi
}

# show_knob NAME PATTERN WANTED WHY: absent, set, other or not needed.
show_knob() {
  found=absent values=
  for file in $2; do
    value=$(read_value "$file") || continue
    case " $values " in *" $value "*) ;; *) values="$values${values:+ }$value" ;; esac
    if [ -z "$3" ] || ! is_wanted "$1" "$value"; then
      [ "$found" != absent ] || found='not needed'
    elif [ "$value" != "$3" ] && is_refused "$file"; then
      [ "$found" != absent ] || found=refused
    elif [ "$value" != "$3" ]; then
      found=other
    elif [ "$found" != other ]; then
      found='set'
    fi
  done
  print_state "$1" "$found" "$values" "$3" "$4"
}

# Files of systemd that reset removes: path, wanted content, and why.
list_files() {
  for timer in $TIMERS; do
    [ -e "$ROOT/lib/systemd/system/$timer.timer" ] || [ -e "$ROOT/usr/lib/systemd/system/$timer.timer" ] ||
      [ -e "$UNIT_FOLDER/$timer.timer" ] || continue
    print_file timers "$timer.timer" '[Timer]\nOnCalendar=\nOnBootSec=\nOnUnitActiveSec=\nOnCalendar=Sun *-*-* 04:30\nPersistent=no' \
      'once a week instead of in a measurement'
  done
  if [ -e "$ROOT/lib/systemd/system/cron.service" ] || [ -e "$ROOT/usr/lib/systemd/system/cron.service" ]; then
    print_file cron cron.service '[Service]\nNice=19\nCPUSchedulingPolicy=idle\nIOSchedulingClass=idle' \
      "cron's jobs give way to measured ones"
  fi
  cpus=$(count_cpus)
  if [ "$cpus" -ge 4 ]; then
    for slice in system user; do
      print_file isolation "$slice.slice" '[Slice]\nAllowedCPUs=0' 'the rest of the system keeps to the first CPU'
    done
    print_file isolation tracey.slice "[Slice]\\nAllowedCPUs=1-$((cpus - 1))" 'jobs have the other CPUs to themselves'
  fi
}

# print_file NAME UNIT CONTENT WHY
print_file() { printf '%s|%s|%s|%s\n' "$1" "$UNIT_FOLDER/$2.d/50-tracey.conf" "$3" "$4"; }

apply_file() {
  if [ "$(cat "$2" 2>/dev/null)" = "$(printf '%b' "$3")" ]; then return; fi
  mkdir -p "${2%/*}"
  printf '%b\n' "$3" >"$2.new"
  mv -f "$2.new" "$2"
  say "$1: ${2#"$ROOT"} ($4)"
  files_changed=yes
}

reset_files() {
  for file in "$UNIT_FOLDER"/*.d/50-tracey.conf; do
    [ -e "$file" ] || continue
    rm -f "$file"
    rmdir "${file%/*}" 2>/dev/null || :
    say "${file#"$ROOT"}: removed"
    files_changed=yes
  done
}

show_file() {
  if [ "$(cat "$2" 2>/dev/null)" = "$(printf '%b' "$3")" ]; then found='set'; else found=other; fi
  name=${2%/50-tracey.conf} && name=${name##*/}
  print_state "$1: ${name%.d}" "$found" "$found" 'set' "$4"
}

# What is left alone, and why.
show_others() {
  value=$(cat "$ROOT/proc/sys/kernel/randomize_va_space" 2>/dev/null || :)
  if [ "$value" = 2 ]; then found='left alone'; else found='by hand'; fi
  if [ -n "$value" ]; then print_state aslr "$found" "$value" 2 'switched off for all it would endanger the machine'; fi
  for zone in "$ROOT"/sys/class/thermal/thermal_zone*/temp; do
    [ -r "$zone" ] || continue
    heat=$(cat "$zone" 2>/dev/null) || continue
    case $heat in '' | *[!0-9]*) continue ;; esac
    name=${zone%/temp} && name=${name##*/}
    print_state "$name" 'left alone' "$((heat / 1000)) °C" '' 'jobs wait while it is above 70 °C'
  done
}

# print_state NAME STATE VALUES WANTED WHY
print_state() {
  if [ "$JSON" = yes ]; then
    [ -z "$separator" ] || printf ',\n'
    printf '{"name":%s,"state":%s,"value":%s,"wanted":%s,"why":%s}' "$(format_json "$1")" "$(format_json "$2")" \
      "$(format_json "$3")" "$(format_json "$4")" "$(format_json "$5")"
    separator=yes
  else
    printf '%-26s %-10s %-14s %s\n' "$1" "$2" "$(shorten "$3" | cut -c1-14)" "$5"
  fi
}

# for_each_knob FUNCTION
for_each_knob() {
  list_knobs | while IFS='|' read -r name pattern wanted why; do "$1" "$name" "$pattern" "$wanted" "$why"; done
}

reload_units() {
  [ "${files_changed:-no}" = yes ] || return 0
  if command -v systemctl >/dev/null 2>&1 && [ -z "$ROOT" ]; then systemctl daemon-reload >/dev/null 2>&1; fi
}

show() {
  separator=
  [ "$JSON" = no ] || printf '[\n'
  # Not in pipes: what is said before a comma is remembered.
  while IFS='|' read -r name pattern wanted why; do show_knob "$name" "$pattern" "$wanted" "$why"; done <<TEXT
$(list_knobs)
TEXT
  while IFS='|' read -r name path content why; do
    [ -z "$name" ] || show_file "$name" "$path" "$content" "$why"
  done <<TEXT
$(list_files)
TEXT
  show_others
  [ "$JSON" = no ] || printf '\n]\n'
}

apply() {
  mkdir -p "$BEFORE_FOLDER"
  chmod 0700 "$LEDGER_FOLDER"
  for_each_knob apply_knob
  files_changed=no
  while IFS='|' read -r name path content why; do
    [ -z "$name" ] || apply_file "$name" "$path" "$content" "$why"
  done <<TEXT
$(list_files)
TEXT
  reload_units
}

reset() {
  for_each_knob reset_knob
  files_changed=no
  reset_files
  reload_units
  rm -f "$BEFORE_FOLDER/refused"
  rmdir "$BEFORE_FOLDER" 2>/dev/null || :
}

JSON=no
[ "${2:-}" != --json ] || JSON=yes
case ${1:-} in
  show) show ;;
  apply | reset)
    [ "$(id -u)" -eq 0 ] || [ -n "$ROOT" ] || fail "tune.sh $1 must run as root." "sudo $0 $1"
    "$1"
    ;;
  -h | --help) print_usage ;;
  *)
    print_usage >&2
    exit 2
    ;;
esac
