#!/bin/sh
# Takes back everything that install.sh did, also after one that was killed: undo.sh [--token TOKEN] [--keep-data].
set -eu

SETUP=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
for part in telling places ledger packages machine runner; do
  # shellcheck source=/dev/null
  . "$SETUP/parts/$part.sh"
done

print_usage() {
  cat <<'TEXT'
Usage: sudo ./runner-setup/undo.sh [options]

  --token TOKEN   a removal token: the runner goes from GitHub's list, too; "-" reads it from standard input
  --keep-data     the history stays, in /var/lib/tracey/data
  -h, --help      this text
TEXT
}

TOKEN='' KEEP_DATA=no
while [ $# -gt 0 ]; do
  case $1 in
    --token)
      [ $# -ge 2 ] || refuse '--token needs a value.'
      TOKEN=$2
      if [ "$TOKEN" = - ]; then IFS= read -r TOKEN || :; fi
      shift 2
      ;;
    --keep-data) KEEP_DATA=yes && shift ;;
    -h | --help) print_usage && exit 0 ;;
    *) refuse "Unknown option: $(shorten "$1")" 'See --help.' ;;
  esac
done

[ "$(id -u)" -eq 0 ] || fail 'This must run as root.' "sudo $0"
if [ ! -e "$LEDGER" ]; then
  say 'Nothing was installed on this machine.'
  exit 0
fi
# This script lies among what it removes.
if [ "$SETUP" = "$SETUP_FOLDER" ] && [ -z "${TRACEY_UNDO_COPY:-}" ]; then
  copy=$(mktemp -d)
  cp -R "$SETUP/." "$copy"
  set -- ${TOKEN:+--token -}
  [ "$KEEP_DATA" = no ] || set -- "$@" --keep-data
  printf '%s\n' "$TOKEN" | TRACEY_UNDO_COPY=$copy sh "$copy/undo.sh" "$@"
  rm -rf "$copy"
  exit 0
fi
exec 9>"$LEDGER_FOLDER/lock"
flock --nonblock 9 || fail 'Another setup is at work on this machine.'

unregister() {
  [ -e "$RUNNER_FOLDER/.runner" ] || return 0
  if [ -z "$TOKEN" ]; then
    say "The runner stays in GitHub's list, offline: remove it there ($(get_setting url)), or undo with --token next time."
    return
  fi
  (
    cd "$RUNNER_FOLDER"
    ACTIONS_RUNNER_INPUT_TOKEN=$TOKEN
    HOME=$HOME_FOLDER
    export ACTIONS_RUNNER_INPUT_TOKEN HOME
    runuser -u "$RUNNER_USER" -- ./config.sh remove
  ) >/dev/null 2>&1 || warn "The runner could not be removed from GitHub's list; remove it there."
}

keep_data() {
  sed -i "\\,^tree $DATA_FOLDER\$,d; \\,^folder $DATA_FOLDER\$,d" "$LEDGER"
  chown -R root:root "$DATA_FOLDER"
  say "The history stays: $DATA_FOLDER"
}

say '[1/4] The runner stops'
service=$(find_service)
[ -z "$service" ] || systemctl disable --now "$service" >/dev/null 2>&1 || :
say "[2/4] GitHub's list of runners"
unregister
say '[3/4] The settings of the machine'
sh "$SETUP/tune.sh" reset | sed 's/^/  /'
say '[4/4] Files, units, packages, the user'
if [ "$KEEP_DATA" = yes ]; then keep_data; fi
undo_ledger
systemctl daemon-reload >/dev/null 2>&1 || :
rm -rf "$LEDGER_FOLDER"
say 'Done: this machine is as it was.'
