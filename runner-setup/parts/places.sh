# shellcheck shell=sh
# shellcheck disable=SC2034 # read by whoever sources this
# Where everything lies. Fixed, so that units, hooks and documentation can name it.

# Before every path of the machine; for trying on a folder that looks like one.
ROOT=${TRACEY_SETUP_ROOT:-}

RUNNER_USER=tracey
HOME_FOLDER=$ROOT/var/lib/tracey
RUNNER_FOLDER=$HOME_FOLDER/runner
# The Node that the runner brings.
RUNNER_NODE=$RUNNER_FOLDER/externals/node24/bin/node
# $TRACEY_HOME: the database, caches, logs.
DATA_FOLDER=$HOME_FOLDER/data
BACKUP_FOLDER=$HOME_FOLDER/backups
SITE_FOLDER=$HOME_FOLDER/site
IPFS_FOLDER=$HOME_FOLDER/ipfs
SETUP_FOLDER=$ROOT/opt/tracey/setup
CLI_FOLDER=$ROOT/opt/tracey/cli
CONFIG_FOLDER=$ROOT/etc/tracey
# Read by systemd as root; nobody else can.
SECRETS_FILE=$CONFIG_FOLDER/secrets.env
UNIT_FOLDER=$ROOT/etc/systemd/system
# What was made here, and what was here before: for undo.sh, root only.
LEDGER_FOLDER=$ROOT/var/lib/tracey-setup

is_job_running() { pgrep -u "$RUNNER_USER" -f Runner.Worker >/dev/null 2>&1; }
