# shellcheck shell=sh
# What runs beside the runner: timers, on a primary the container engine, the IPFS node, backups and the dashboard's server, on a
# device compressed swap. Needs the other parts.

# install_units UNIT...: from units/; a timer is switched on, and so is a service that is no timer's.
install_units() {
  for unit in "$@"; do
    put_file "$UNIT_FOLDER/$unit" 0644 <"$SETUP_FOLDER/units/$unit"
  done
  wanted=
  for unit in "$@"; do
    case $unit in
      *.timer | tracey-tuning.service | tracey-kubo.service | tracey-zram.service)
        remember unit "$unit"
        wanted="$wanted $unit"
        ;;
    esac
  done
  # shellcheck disable=SC2086 # names of units, one word each
  systemctl enable $wanted >/dev/null 2>&1 || fail "These units could not be switched on:$wanted" 'See: systemctl status, with their names'
}

# start_units UNIT...: now, where systemd runs; else they start at the next boot. What is at work is not disturbed: a job may be.
start_units() {
  if ! is_systemd_running; then
    say '  systemd does not run here: everything starts at the next boot'
    return
  fi
  systemctl start "$@" || fail 'Not everything could be started.' "See: systemctl status $*"
}

put_secrets_file() {
  make_folder "$CONFIG_FOLDER" 0755
  if [ -e "$SECRETS_FILE" ]; then return; fi
  put_file "$SECRETS_FILE" 0600 <<'TEXT'
# What jobs on this machine may know and .tracey.yml names as ${NAME}; only root can read this file. systemd hands it to the
# runner, which has to be restarted after a change. Tracey takes it all away from the processes that it tests.
#SMTP_HOST=mail.example.org
#SMTP_USER=tracey
#SMTP_PASSWORD=
#STATSD_HOST=127.0.0.1
TEXT
}

# Settings that units and Tracey itself read; no secrets.
put_environment_file() {
  put_file "$CONFIG_FOLDER/tracey.env" 0644 <<TEXT
TRACEY_HOME=$DATA_FOLDER
TRACEY_ROLE=$ROLE
TRACEY_RUNNER=$NAME
TRACEY_IPFS=http://${IPFS:-127.0.0.1:5001}
TRACEY_KEEP_DAYS=$KEEP_DAYS
TEXT
}

install_engine() {
  case $ENGINE in
    docker)
      install_packages docker.io
      if ! id -nG "$RUNNER_USER" | tr ' ' '\n' | grep -qx docker; then
        remember member "$RUNNER_USER docker"
        gpasswd --add "$RUNNER_USER" docker >/dev/null
      fi
      warn "The user $RUNNER_USER is in the group docker now: whatever its jobs run can become root on this machine."
      ;;
    podman)
      install_packages podman uidmap slirp4netns
      put_ids /etc/subuid
      put_ids /etc/subgid
      put_linger
      ;;
  esac
}

# put_ids FILE: the numbers that rootless containers use, for a system user that has none.
put_ids() {
  if grep -q "^$RUNNER_USER:" "$ROOT$1" 2>/dev/null; then return; fi
  { cat "$ROOT$1" 2>/dev/null || :; printf '%s:524288:65536\n' "$RUNNER_USER"; } >"$LEDGER_FOLDER/ids"
  put_file "$ROOT$1" 0644 <"$LEDGER_FOLDER/ids"
  rm -f "$LEDGER_FOLDER/ids"
}

# Its user manager runs without anybody logged in.
put_linger() { put_file "$ROOT/var/lib/systemd/linger/$RUNNER_USER" 0644 </dev/null; }

install_kubo() {
  if [ -n "$KUBO_ARCHIVE" ]; then
    new=$HOME_FOLDER/.kubo-new
    remember tree "$new"
    rm -rf "$new"
    mkdir -m 0700 "$new"
    fetch_archive "$KUBO_ARCHIVE" "$new/archive.tar.gz" sha512 "$KUBO_SHA512"
    tar -xzf "$new/archive.tar.gz" -C "$new" --no-same-owner
    [ -x "$new/kubo/ipfs" ] || fail "$(shorten "$KUBO_ARCHIVE") is not Kubo: there is no kubo/ipfs in it."
    put_file "$ROOT/usr/local/bin/ipfs" 0755 <"$new/kubo/ipfs"
    rm -rf "$new"
  fi
  if ! command -v ipfs >/dev/null 2>&1; then
    say '  there is no ipfs on this machine, and no --kubo-archive: left out'
    return
  fi
  make_folder "$IPFS_FOLDER" 0750 "$RUNNER_USER:$RUNNER_USER"
  remember tree "$IPFS_FOLDER"
  if [ ! -e "$IPFS_FOLDER/config" ]; then run_ipfs init --empty-repo >/dev/null; fi
  configure_kubo
  put_file "$ROOT/usr/local/bin/tracey-ipfs" 0755 <<TEXT
#!/bin/sh
# The IPFS node of this machine's Tracey, for its administrator.
IPFS_PATH=$IPFS_FOLDER
export IPFS_PATH
exec runuser -u $RUNNER_USER -- ipfs --api-auth="bearer:\$(sed -n 's/^primary //p' $CONFIG_FOLDER/ipfs-tokens)" "\$@"
TEXT
  install_units tracey-kubo.service
  if [ -n "$changed" ] && is_systemd_running; then systemctl try-restart tracey-kubo.service; fi
}

run_ipfs() {
  (
    IPFS_PATH=$IPFS_FOLDER
    HOME=$HOME_FOLDER
    export IPFS_PATH HOME
    cd "$IPFS_FOLDER" || exit
    runuser -u "$RUNNER_USER" -- ipfs "$@"
  )
}

configure_kubo() {
  tokens=$CONFIG_FOLDER/ipfs-tokens
  if [ ! -e "$tokens" ]; then
    put_file "$tokens" 0600 <<TEXT
# Who may ask this machine's IPFS node: primaries may write, devices may read. In .tracey.yml: artifacts.ipfs.token, by way of
# a variable of $SECRETS_FILE.
primary $(make_secret)
field $(make_secret)
TEXT
  fi
  changed=$("$RUNNER_NODE" "$SETUP_FOLDER/maintenance/configure-kubo.cjs" "$IPFS_FOLDER/config" "$tokens" \
    "$(format_address "${IPFS:-127.0.0.1:5001}")") || fail 'The IPFS node could not be configured; the reason is above.'
  chown "$RUNNER_USER:$RUNNER_USER" "$IPFS_FOLDER/config"
}

make_secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# format_address HOST[:PORT]: as IPFS writes it.
format_address() {
  host=${1%:*} port=${1##*:}
  [ "$host" != "$1" ] || port=5001
  case $host in
    *[!0-9.]*) printf '/dns4/%s/tcp/%s' "$host" "$port" ;;
    *) printf '/ip4/%s/tcp/%s' "$host" "$port" ;;
  esac
}

install_dashboard_server() {
  install_packages nginx-light
  make_folder "$SITE_FOLDER" 0755 "$RUNNER_USER:$RUNNER_USER"
  remember tree "$SITE_FOLDER"
  put_file "$ROOT/etc/nginx/sites-available/tracey" 0644 <"$SETUP_FOLDER/nginx.conf"
  put_link "$ROOT/etc/nginx/sites-enabled/tracey" ../sites-available/tracey
  default=$ROOT/etc/nginx/sites-enabled/default
  if [ -e "$default" ]; then keep_file "$default" && rm -f "$default"; fi
  if is_systemd_running; then systemctl reload nginx; fi
}

# put_link PATH TARGET
put_link() {
  remember file "$1"
  ln -sfn "$2" "$1"
}

install_backup() {
  make_folder "$BACKUP_FOLDER" 0750 "$RUNNER_USER:$RUNNER_USER"
  remember tree "$BACKUP_FOLDER"
  install_units tracey-backup.service tracey-backup.timer
}
