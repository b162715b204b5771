#!/bin/sh
# What jobs and the runner left on the disk and nobody needs any more: checkouts, tool archives and logs that were not touched for
# two weeks. Not while a job runs.
set -eu

SETUP=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=runner-setup/parts/places.sh
. "$SETUP/parts/places.sh"
DAYS=14

if is_job_running; then
  echo 'A job is running: left for the next time.'
  exit 0
fi
for folder in "$RUNNER_FOLDER/_work" "$RUNNER_FOLDER/_diag"; do
  [ -d "$folder" ] || continue
  find "$folder" -mindepth 1 -maxdepth 1 ! -name '_*' -mtime "+$DAYS" -exec rm -rf -- {} +
done
for folder in "$RUNNER_FOLDER/_work/_temp" "$RUNNER_FOLDER/_work/_actions" "$RUNNER_FOLDER/_diag/pages" "$RUNNER_FOLDER/_diag/blocks"; do
  [ -d "$folder" ] || continue
  find "$folder" -mindepth 1 -maxdepth 1 -mtime "+$DAYS" -exec rm -rf -- {} +
done
