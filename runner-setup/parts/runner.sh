# shellcheck shell=sh
# GitHub's runner: its files, its registration, its service. Needs the other parts.

RUNNER_VERSION=2.336.0
RUNNER_SHA256_X64=04cf0be1aff4c3ec3554466c39124ca250e3effd8873bb7e8d68535aa9505d5d
RUNNER_SHA256_ARM64=58b758e420b87093fbd4bfddd368074960053e2f1388f01848c82624b90f27d1

make_user() {
  if ! id "$RUNNER_USER" >/dev/null 2>&1; then
    remember user "$RUNNER_USER"
    useradd --system --user-group --home-dir "$HOME_FOLDER" --no-create-home --shell /usr/sbin/nologin \
      --comment 'Tracey runner' "$RUNNER_USER"
  fi
  make_folder "$HOME_FOLDER" 0755
  make_folder "$DATA_FOLDER" 0750 "$RUNNER_USER:$RUNNER_USER"
  remember tree "$DATA_FOLDER"
}

# place_runner: the archive's files belong to root, so that no job can change what runs the next one; what the runner writes
# lies beside them, and the sticky bit keeps each from the other.
place_runner() {
  pinned=$RUNNER_SHA256_X64
  [ "$ARCH" = x64 ] || pinned=$RUNNER_SHA256_ARM64
  archive=${RUNNER_ARCHIVE:-https://github.com/actions/runner/releases/download/v$RUNNER_VERSION/actions-runner-linux-$ARCH-$RUNNER_VERSION.tar.gz}
  sum=${RUNNER_SHA256:-$pinned}
  make_folder "$RUNNER_FOLDER" 1775 "root:$RUNNER_USER"
  remember tree "$RUNNER_FOLDER"
  mark=$RUNNER_FOLDER/.tracey-archive
  # One that was updated since is not replaced by an older one, unless asked.
  if [ -s "$mark" ] && { [ -z "$RUNNER_ARCHIVE$RUNNER_SHA256" ] || [ "$(cat "$mark")" = "$sum" ]; }; then
    say '  is there already'
    return
  fi
  new=$HOME_FOLDER/.runner-new
  remember tree "$new"
  rm -rf "$new"
  mkdir -m 0755 "$new"
  fetch_archive "$archive" "$new/archive.tar.gz" sha256 "$sum"
  mkdir "$new/files"
  tar -xzf "$new/archive.tar.gz" -C "$new/files" --no-same-owner --no-same-permissions
  [ -x "$new/files/config.sh" ] || fail "$(shorten "$archive") is no runner: there is no config.sh in it."
  replace_runner "$new/files" "$sum"
  rm -rf "$new"
}

# replace_runner FOLDER SUM: the new files in the place of the old ones; what the runner wrote stays.
replace_runner() {
  rm -f "$RUNNER_FOLDER/.tracey-archive"
  for item in "$1"/* "$1"/.[!.]*; do
    [ -e "$item" ] || continue
    rm -rf "${RUNNER_FOLDER:?}/${item##*/}"
    mv "$item" "$RUNNER_FOLDER/"
  done
  for folder in _work _diag; do
    [ -d "$RUNNER_FOLDER/$folder" ] || mkdir "$RUNNER_FOLDER/$folder"
    chown "$RUNNER_USER:$RUNNER_USER" "$RUNNER_FOLDER/$folder"
  done
  printf '%s\n' "$2" >"$RUNNER_FOLDER/.tracey-archive"
}

# What the runner itself is linked against; its own script knows the names on every system.
install_runner_packages() {
  begin_packages
  (cd "$RUNNER_FOLDER" && DEBIAN_FRONTEND=noninteractive ./bin/installdependencies.sh) >"$LEDGER_FOLDER/dependencies.log" 2>&1 ||
    fail "The runner's own installation of its libraries did not work." "What it said is in $LEDGER_FOLDER/dependencies.log. Mend it and run this again."
  end_packages
}

# register_runner: with a token that is worth an hour. It travels in the environment, where no list of processes shows it.
register_runner() {
  wanted="$URL $NAME $ROLE $LABELS $GROUP"
  mark=$RUNNER_FOLDER/.tracey-registered
  if [ -e "$RUNNER_FOLDER/.runner" ] && [ "$(cat "$mark" 2>/dev/null)" = "$wanted" ] && [ -z "$TOKEN" ]; then
    say '  is registered already'
    return
  fi
  [ -n "$TOKEN" ] || fail 'A token is needed to register the runner, and none was given.' \
    "Get one at $URL/settings/actions/runners/new (for an organisation: Settings, Actions, Runners) and run this again with --token or --token-file."
  token=$(get_registration_token)
  rm -f "$mark" "$RUNNER_FOLDER/.runner" "$RUNNER_FOLDER/.credentials" "$RUNNER_FOLDER/.credentials_rsaparams"
  set -- --unattended --disableupdate --replace --url "$URL" --name "$NAME" --work _work \
    --no-default-labels --labels "$(list_labels)"
  [ -z "$GROUP" ] || set -- "$@" --runnergroup "$GROUP"
  (
    cd "$RUNNER_FOLDER"
    ACTIONS_RUNNER_INPUT_TOKEN=$token
    export ACTIONS_RUNNER_INPUT_TOKEN
    # The runner keeps this PATH for its jobs.
    runuser -u "$RUNNER_USER" -- env HOME="$HOME_FOLDER" PATH=/usr/local/bin:/usr/bin:/bin ./config.sh "$@"
  ) >"$LEDGER_FOLDER/register.log" 2>&1 || {
    tail -n 5 "$LEDGER_FOLDER/register.log" >&2
    fail 'The runner could not be registered; what it said last is above.' \
      'A registration token is good for an hour and for one organisation or repository. Get a new one and run this again.'
  }
  printf '%s\n' "$wanted" >"$mark"
}

# get_registration_token: a token that may make registration tokens makes one and is forgotten.
get_registration_token() {
  case $TOKEN in
    gh[a-z]_* | github_pat_*)
      GITHUB_TOKEN=$TOKEN "$RUNNER_NODE" "$CLI_FOLDER/cli.js" doctor --register runner --url "$URL" ||
        fail 'GitHub gave no registration token for the token that was given.' 'It must be allowed to administer the runners of the organisation or repository.'
      ;;
    *) printf '%s' "$TOKEN" ;;
  esac
}

find_service() { cat "$RUNNER_FOLDER/.service" 2>/dev/null || :; }

# prepare_ephemeral: the token that makes a registration for each job; only root reads it.
prepare_ephemeral() {
  key=$CONFIG_FOLDER/github-app.env
  if [ -n "$TOKEN" ]; then printf 'GITHUB_TOKEN=%s\n' "$TOKEN" | put_file "$key" 0600; fi
  [ -e "$key" ] || fail 'A token that may make registrations is needed, and none was given.' \
    "Run this again with --token, or put it into $key as GITHUB_TOKEN=..., mode 0600."
  printf '%s\n' "$(list_labels)" | put_file "$CONFIG_FOLDER/labels" 0644
}

list_labels() { printf 'self-hosted,tracey-%s,linux,%s%s' "$ROLE" "$ARCH" "${LABELS:+,$LABELS}"; }

# install_service: by the runner's own script, from our unit. A runner for one job at a time was never configured and has none.
install_service() {
  if [ "$EPHEMERAL" = yes ]; then
    put_ephemeral_service
    return
  fi
  template=$SETUP_FOLDER/units/runner-$ROLE.service.template
  service=$(sed -n 's/^SVC_NAME="\(.*\)"$/\1/p' "$RUNNER_FOLDER/svc.sh" | head -n 1)
  case $service in
    '' | *[!A-Za-z0-9._-]*) fail "The runner's svc.sh names no service that can be used: \"$(shorten "$service")\"." ;;
  esac
  mark=$RUNNER_FOLDER/.tracey-unit
  if [ "$(find_service)" = "$service" ] && [ -e "$UNIT_FOLDER/$service" ] && cmp -s "$template" "$mark"; then
    say "  $service is there already"
    return
  fi
  rm -f "$mark"
  remove_service
  # The script refuses to replace a unit, as one that was killed may have left.
  rm -f "$UNIT_FOLDER/$service"
  remember file "$UNIT_FOLDER/$service"
  remember unit "$service"
  (cd "$RUNNER_FOLDER" && GITHUB_ACTIONS_RUNNER_SERVICE_TEMPLATE=$template ./svc.sh install "$RUNNER_USER") >"$LEDGER_FOLDER/service.log" 2>&1 || {
    tail -n 5 "$LEDGER_FOLDER/service.log" >&2
    fail 'The service could not be installed; what the runner said last is above.'
  }
  chmod 0644 "$UNIT_FOLDER/$service"
  cp "$template" "$mark"
}

put_ephemeral_service() {
  service=tracey-runner.service
  [ "$(find_service)" = "$service" ] || remove_service
  sed "s,{{User}},$RUNNER_USER,; s,{{RunnerRoot}},$RUNNER_FOLDER,; s,{{Description}},GitHub's runner\, for one job at a time," \
    "$SETUP_FOLDER/units/runner-ephemeral.service.template" | put_file "$UNIT_FOLDER/$service" 0644
  remember unit "$service"
  printf '%s\n' "$service" >"$RUNNER_FOLDER/.service"
  systemctl daemon-reload >/dev/null 2>&1
  systemctl enable "$service" >/dev/null 2>&1 || fail "$service could not be switched on." "See: systemctl status $service"
}

# remove_service: the one there is, of whatever name.
remove_service() {
  old=$(find_service)
  if [ -n "$old" ]; then
    systemctl disable --now "$old" >/dev/null 2>&1 || :
    rm -f "$UNIT_FOLDER/$old" "$RUNNER_FOLDER/.service"
  fi
}
