#!/bin/sh
# Makes this machine a Tracey runner; README.md beside this says what changes on it, line by line. Every step can be done again:
# a setup that was killed is finished by running it again.
set -eu

SETUP=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
for part in telling places ledger packages options machine download runner services; do
  # shellcheck source=/dev/null
  . "$SETUP/parts/$part.sh"
done

STEPS='packages user files tracey runner registration secrets engine ipfs backup dashboard swap service timers tuning start'

# What each step is called, and whether it is wanted.
describe_step() {
  case $1 in
    packages) say 'Packages: git, curl, procps, certificates' ;;
    user) say "The user $RUNNER_USER, which may do nothing else" ;;
    files) say 'Scripts that units and hooks run' ;;
    tracey) say 'The command tracey' ;;
    runner) say "GitHub's runner" ;;
    registration) say "Registration with $URL" ;;
    secrets) say 'Settings for jobs, and a file for secrets' ;;
    engine) [ "$ENGINE" = none ] || say "Containers: $ENGINE" ;;
    ipfs) [ "$ROLE" != primary ] || say 'The IPFS node' ;;
    backup) [ "$ROLE" != primary ] || say 'Nightly copies of the history' ;;
    dashboard) [ "$DASHBOARD" = no ] || say 'The server of the dashboard' ;;
    swap) [ "$ROLE" != field ] || say 'Compressed memory instead of swap' ;;
    service) say "The runner's service" ;;
    timers) say 'Timers for what grows old' ;;
    tuning) [ "$TUNING" = no ] || say 'Settings that make timings stable' ;;
    start) say 'Start' ;;
  esac
}

do_packages() { install_packages git curl ca-certificates procps; }
do_user() { make_user; }
do_files() {
  make_folder "$SETUP_FOLDER" 0755
  remember tree "$SETUP_FOLDER"
  if [ "$SETUP" = "$SETUP_FOLDER" ]; then return; fi
  rm -rf "$SETUP_FOLDER.new"
  remember tree "$SETUP_FOLDER.new"
  cp -R "$SETUP" "$SETUP_FOLDER.new"
  chown -R root:root "$SETUP_FOLDER.new"
  chmod -R u=rwX,go=rX "$SETUP_FOLDER.new"
  rm -rf "$SETUP_FOLDER"
  mv "$SETUP_FOLDER.new" "$SETUP_FOLDER"
}
do_tracey() { place_tracey; }
do_runner() { place_runner && install_runner_packages; }
do_registration() {
  if [ "$EPHEMERAL" = yes ]; then prepare_ephemeral; else register_runner; fi
}
do_secrets() { put_environment_file && put_secrets_file; }
do_engine() { install_engine; }
do_ipfs() { install_kubo; }
do_backup() { install_backup; }
do_dashboard() { install_dashboard_server; }
do_swap() { install_units tracey-zram.service; }
do_service() {
  put_file "$UNIT_FOLDER/tracey.slice" 0644 <"$SETUP_FOLDER/units/tracey.slice"
  install_service
}
do_timers() {
  install_units tracey-leftovers.service tracey-leftovers.timer tracey-update.service tracey-update.timer
}
do_tuning() {
  install_units tracey-tuning.service
  "$SETUP_FOLDER/tune.sh" apply | sed 's/^/  /'
}
do_start() {
  set -- "$(find_service)" tracey-leftovers.timer tracey-update.timer
  if [ "$ROLE" = primary ]; then set -- "$@" tracey-backup.timer; fi
  if [ "$TUNING" = yes ]; then set -- "$@" tracey-tuning.service; fi
  if [ -e "$UNIT_FOLDER/tracey-kubo.service" ]; then set -- "$@" tracey-kubo.service; fi
  if [ "$ROLE" = field ]; then set -- "$@" tracey-zram.service; fi
  start_units "$@"
}

# The built Tracey: read by everybody, changed by nobody but root.
place_tracey() {
  source=${TRACEY_SOURCE:-$SETUP/../dist}
  if [ -z "$TRACEY_SOURCE" ] && [ ! -e "$source/cli.js" ] && [ -e "$CLI_FOLDER/cli.js" ]; then
    say '  is there already'
  else
    [ -e "$source/cli.js" ] || fail "There is no built Tracey in $source." 'Take a release, or build it: npm run build. Or name its folder: --tracey FOLDER.'
    make_folder "$CLI_FOLDER" 0755
    remember tree "$CLI_FOLDER"
    remember tree "$CLI_FOLDER.new"
    rm -rf "$CLI_FOLDER.new"
    cp -R "$source" "$CLI_FOLDER.new"
    chown -R root:root "$CLI_FOLDER.new"
    chmod -R u=rwX,go=rX "$CLI_FOLDER.new"
    rm -rf "$CLI_FOLDER"
    mv "$CLI_FOLDER.new" "$CLI_FOLDER"
  fi
  put_file "$ROOT/usr/local/bin/tracey" 0755 <<TEXT
#!/bin/sh
# Tracey, on the Node that GitHub's runner brings.
set -a
[ ! -r $CONFIG_FOLDER/tracey.env ] || . $CONFIG_FOLDER/tracey.env
exec $RUNNER_NODE $CLI_FOLDER/cli.js "\$@"
TEXT
}

# run_steps: each with its number.
run_steps() {
  total=0 number=0
  for step in $STEPS; do [ -z "$(describe_step "$step")" ] || total=$((total + 1)); done
  for step in $STEPS; do
    what=$(describe_step "$step")
    [ -n "$what" ] || continue
    number=$((number + 1))
    say "[$number/$total] $what"
    [ "$DRY_RUN" = yes ] || "do_$step"
  done
}

parse_options "$@"
if [ "$DRY_RUN" = no ]; then
  check_machine
  open_ledger
  exec 9>"$LEDGER_FOLDER/lock"
  flock --nonblock 9 || fail 'Another setup is at work on this machine.'
fi
complete_options
check_options
[ "$DRY_RUN" = yes ] || keep_options
run_steps
if [ "$DRY_RUN" = yes ]; then
  say 'Nothing was done.'
else
  say "Done: this machine is tracey-$ROLE. See what is as it should be: $SETUP_FOLDER/check.sh"
fi
