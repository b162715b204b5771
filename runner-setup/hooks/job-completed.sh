#!/bin/sh
# After each job, as the runner's user: nothing of it keeps running, and its temporary files go.
set -eu

SETUP=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=runner-setup/parts/places.sh
. "$SETUP/parts/places.sh"
# shellcheck source=runner-setup/hooks/job-processes.sh
. "$SETUP/hooks/job-processes.sh"

end_leftover_processes
# A job's history lies in the data folder, and its reports are uploaded; what is old in the work folder is the nightly timer's.
find "$RUNNER_FOLDER/_diag" -type f -name '*.log' -mtime +14 -delete 2>/dev/null || :
