#!/bin/sh
# The newest version of GitHub's runner in the place of this one, between two jobs; GitHub wants it within 30 days. The version
# and its checksum come from GitHub's API.
set -eu

SETUP=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=runner-setup/parts/telling.sh
. "$SETUP/parts/telling.sh"
# shellcheck source=runner-setup/parts/places.sh
. "$SETUP/parts/places.sh"
# shellcheck source=runner-setup/parts/ledger.sh
. "$SETUP/parts/ledger.sh"
# shellcheck source=runner-setup/parts/machine.sh
. "$SETUP/parts/machine.sh"
# shellcheck source=runner-setup/parts/download.sh
. "$SETUP/parts/download.sh"
# shellcheck source=runner-setup/parts/runner.sh
. "$SETUP/parts/runner.sh"

check_machine
open_ledger
if is_job_running; then
  say 'A job is running: left for the next time.'
  exit 0
fi
release=$("$RUNNER_NODE" "$CLI_FOLDER/cli.js" doctor --runner-release --platform "linux-$ARCH") ||
  fail 'GitHub did not say what the newest version of its runner is.'
RUNNER_ARCHIVE=$(printf '%s\n' "$release" | sed -n 1p)
RUNNER_SHA256=$(printf '%s\n' "$release" | sed -n 2p)
if [ "$(cat "$RUNNER_FOLDER/.tracey-archive" 2>/dev/null)" = "$RUNNER_SHA256" ]; then
  say 'The runner is the newest one.'
  exit 0
fi
service=$(find_service)
[ -z "$service" ] || systemctl stop "$service"
place_runner
[ -z "$service" ] || systemctl start "$service"
say "The runner is $(shorten "$RUNNER_ARCHIVE") now."
