#!/bin/sh
# What is as it should be on this runner and what is not, with the remedy: check.sh [--json]. Changes nothing. Exit 1 when
# something is not.
set -eu

SETUP=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
for part in telling places ledger packages machine runner; do
  # shellcheck source=/dev/null
  . "$SETUP/parts/$part.sh"
done

JSON=no
case ${1:-} in
  '') ;;
  --json) JSON=yes ;;
  -h | --help)
    say 'Usage: sudo ./runner-setup/check.sh [--json]'
    exit 0
    ;;
  *) refuse "Unknown option: $(shorten "$1")" 'Usage: check.sh [--json]' ;;
esac

bad=0 separator=''
AGAIN='Run install.sh again: it mends what is missing.'

# tell STATE WHAT [REMEDY]: ok, bad or note.
tell() {
  [ "$1" != bad ] || bad=$((bad + 1))
  if [ "$JSON" = yes ]; then
    printf '%s{"state":%s,"what":%s,"remedy":%s}' "$separator" "$(format_json "$1")" "$(format_json "$2")" "$(format_json "${3:-}")"
    separator=',
'
    return
  fi
  printf '%-5s %s\n' "$1" "$2"
  if [ "$1" != ok ] && [ -n "${3:-}" ]; then printf '      %s\n' "$3"; fi
}

# expect WHAT REMEDY COMMAND...: ok if the command says so.
expect() {
  what=$1 remedy=$2
  shift 2
  if "$@" >/dev/null 2>&1; then tell ok "$what"; else tell bad "$what: no" "$remedy"; fi
}

is_powerless() {
  ! id -nG "$RUNNER_USER" | tr ' ' '\n' | grep -qxE 'sudo|wheel|adm|root' &&
    ! grep -rqsE "^[[:space:]]*${RUNNER_USER}[[:space:]]" "$ROOT/etc/sudoers" "$ROOT/etc/sudoers.d"
}

belongs_to_root() { [ -z "$(find "$1" ! -user root -print -quit)" ]; }
is_closed() { [ "$(stat -c %a:%U "$1")" = 600:root ]; }

check_setup() {
  if [ ! -e "$LEDGER" ]; then
    tell bad 'Tracey is set up on this machine: no' 'Run install.sh; see --help.'
    return
  fi
  role=$(get_setting role)
  tell ok "role: $role"
  expect "the user $RUNNER_USER is there" "$AGAIN" id "$RUNNER_USER"
  expect "the user $RUNNER_USER may not become root by sudo" "Take it out of the group or the rule that allows it." is_powerless
  if id -nG "$RUNNER_USER" 2>/dev/null | tr ' ' '\n' | grep -qx docker; then
    tell note "the user $RUNNER_USER is in the group docker" 'Whatever its jobs run can become root. Only repos that you trust belong on this machine.'
  fi
  expect 'the runner is there' "$AGAIN" test -s "$RUNNER_FOLDER/.tracey-archive"
  expect "the runner's programs belong to root" "$AGAIN" belongs_to_root "$RUNNER_FOLDER/bin"
  expect 'the runner is registered' "$AGAIN It takes a new token." test -e "$RUNNER_FOLDER/.runner"
  expect 'the command tracey is there' "$AGAIN" test -x "$ROOT/usr/local/bin/tracey"
  expect 'secrets are in a file that only root reads' "chmod 600 $SECRETS_FILE; chown root $SECRETS_FILE" is_closed "$SECRETS_FILE"
  check_units
}

check_units() {
  service=$(find_service)
  if [ -z "$service" ]; then
    tell bad "the runner's service is there: no" "$AGAIN"
  else
    set -- "$service" tracey-leftovers.timer tracey-update.timer
    [ "$role" != primary ] || set -- "$@" tracey-backup.timer
    for unit in "$@"; do
      expect "$unit is switched on" "systemctl enable --now $unit" is_enabled "$unit"
      if is_systemd_running; then
        expect "$unit is at work" "systemctl restart $unit; journalctl --unit=$unit" systemctl is-active "$unit"
      fi
    done
  fi
}

check_tuning() {
  if [ "$(get_setting tuning)" = no ]; then
    tell note 'settings of the machine are left alone' 'install.sh without --no-tuning sets them.'
    return
  fi
  states=$(sh "$SETUP/tune.sh" show --json | sed -n 's/^{"name":"\([^"]*\)","state":"\([^"]*\)","value":"\([^"]*\)".*/\2|\1|\3/p')
  while IFS='|' read -r state name value; do
    case $state in
      set) tell ok "$name" ;;
      other) tell bad "$name is $value" 'sudo systemctl restart tracey-tuning.service' ;;
      'by hand') tell bad "$name is $value" 'sysctl kernel.randomize_va_space=2' ;;
      refused) tell note "$name stays $value: this machine does not take another" ;;
      absent) [ "$name" = turbo ] || [ "$name" = boost ] || tell note "$name: this machine has no such setting" ;;
    esac
  done <<TEXT
$states
TEXT
}

check_machine_now() {
  free=$(($(df -Pk "$ROOT/var/lib" | sed -n '2s/^[^ ]* *[0-9]* *[0-9]* *\([0-9]*\) .*/\1/p') / 1024))
  if [ "$free" -ge 2048 ]; then tell ok "$free MiB are free on the disk"; else
    tell bad "$free MiB are free on the disk" "Free some space: $RUNNER_FOLDER/_work holds checkouts."
  fi
  if is_systemd_running && command -v timedatectl >/dev/null 2>&1; then
    if [ "$(timedatectl show --property=NTPSynchronized --value 2>/dev/null)" = yes ]; then
      tell ok 'the clock is kept right'
    else
      tell bad 'the clock is kept right: no' 'apt-get install systemd-timesyncd; timedatectl set-ntp true'
    fi
  fi
  if grep -q '^/' "$ROOT/proc/swaps" 2>/dev/null && ! grep -q '^/dev/zram' "$ROOT/proc/swaps"; then
    tell note 'there is swap on a disk' 'It makes timings worse when memory is short: swapoff --all, and take it out of /etc/fstab.'
  fi
}

[ "$JSON" = no ] || printf '['
check_setup
check_tuning
check_machine_now
[ "$JSON" = no ] || printf ']\n'
[ "$bad" -eq 0 ]
