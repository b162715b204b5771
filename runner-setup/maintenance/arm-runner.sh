#!/bin/sh
# A registration for one job, for a runner that is told to take only one; as root, before each start. The App's key is in a file that
# only root can read; what the runner gets is good for one job.
set -eu

SETUP=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=runner-setup/parts/telling.sh
. "$SETUP/parts/telling.sh"
# shellcheck source=runner-setup/parts/places.sh
. "$SETUP/parts/places.sh"
# shellcheck source=runner-setup/parts/ledger.sh
. "$SETUP/parts/ledger.sh"

key=$CONFIG_FOLDER/github-app.env
[ -r "$key" ] || fail "$key is missing." 'It holds GITHUB_TOKEN=<a token that may administer runners>, mode 0600.'
GITHUB_TOKEN=$(sed -n 's/^GITHUB_TOKEN=//p' "$key")
export GITHUB_TOKEN
file=/run/tracey-runner/jitconfig
umask 077
"$RUNNER_NODE" "$CLI_FOLDER/cli.js" doctor --register one-job --url "$(get_setting url)" \
  --name "$(get_setting name)-$(date +%s)" --labels "$(cat "$CONFIG_FOLDER/labels")" >"$file" ||
  fail 'GitHub gave no registration for the next job.'
chown "$RUNNER_USER" "$file"
