#!/bin/sh
# The runner, for the one job that it was armed for.
set -eu
ACTIONS_RUNNER_INPUT_JITCONFIG=$(cat /run/tracey-runner/jitconfig)
rm -f /run/tracey-runner/jitconfig
export ACTIONS_RUNNER_INPUT_JITCONFIG
exec ./run.sh
