#!/bin/sh
# Before each job, as the runner's user: a fork's pull request does not run here unless a maintainer said so; then wait until the
# machine is calm. A hook that fails, fails the job before anything of it ran.
set -eu

SETUP=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=runner-setup/parts/places.sh
. "$SETUP/parts/places.sh"
# shellcheck source=runner-setup/hooks/job-processes.sh
. "$SETUP/hooks/job-processes.sh"

# Limits, to be changed in the unit's Environment= lines.
CALM_PRESSURE=${TRACEY_CALM_PRESSURE:-5}
CALM_CELSIUS=${TRACEY_CALM_CELSIUS:-70}
CALM_SECONDS=${TRACEY_CALM_SECONDS:-180}
# Seconds between two looks.
CALM_STEP=5
[ "$CALM_SECONDS" -ge "$CALM_STEP" ] || CALM_STEP=$CALM_SECONDS
FREE_MIB=${TRACEY_FREE_MIB:-1024}

guard_fork() {
  [ -n "${GITHUB_EVENT_PATH:-}" ] || return 0
  "$RUNNER_NODE" "$CLI_FOLDER/guard.js" || {
    echo 'This job ends here.'
    exit 1
  }
}

check_disk() {
  free=$(($(df -Pk "$HOME_FOLDER" | sed -n '2s/^[^ ]* *[0-9]* *[0-9]* *\([0-9]*\) .*/\1/p') / 1024))
  if [ "$free" -lt "$FREE_MIB" ]; then
    echo "Only $free MiB are free on the disk of $HOME_FOLDER; a job wants $FREE_MIB. Free some space: $RUNNER_FOLDER/_work holds checkouts."
    exit 1
  fi
}

# Percent of the last ten seconds in which something waited for a CPU; 0 where the kernel does not say.
read_pressure() { sed -n 's/^some avg10=\([0-9]*\).*/\1/p' "$ROOT/proc/pressure/cpu" 2>/dev/null || :; }

read_celsius() {
  hottest=0
  for zone in "$ROOT"/sys/class/thermal/thermal_zone*/temp; do
    [ -r "$zone" ] || continue
    read -r heat <"$zone" || continue
    case $heat in '' | *[!0-9]*) continue ;; esac
    if [ "$((heat / 1000))" -gt "$hottest" ]; then hottest=$((heat / 1000)); fi
  done
  echo "$hottest"
}

# Machines that stay busy are measured all the same: Tracey keeps with every run how busy its machine was.
wait_until_calm() {
  waited=0
  while [ "$waited" -lt "$CALM_SECONDS" ]; do
    pressure=$(read_pressure)
    celsius=$(read_celsius)
    if [ "${pressure:-0}" -lt "$CALM_PRESSURE" ] && [ "$celsius" -lt "$CALM_CELSIUS" ]; then return; fi
    [ $((waited % 30)) -ne 0 ] || echo "Waiting until the machine is calm: CPU pressure ${pressure:-0} %, $celsius °C."
    sleep "$CALM_STEP"
    waited=$((waited + CALM_STEP))
  done
  echo "::warning::The machine did not become calm within $CALM_SECONDS s: CPU pressure ${pressure:-0} %, $celsius °C."
}

guard_fork
end_leftover_processes
check_disk
wait_until_calm
