# shellcheck shell=sh
# Debian packages: what was installed for us is known by what was there before, so that undo removes that and no more. Needs
# telling.sh, places.sh and ledger.sh.

PACKAGES_BEFORE=$LEDGER_FOLDER/packages-before

# install_packages PACKAGE...: those that are missing.
install_packages() {
  missing=
  for package in "$@"; do
    is_installed "$package" || missing="$missing $package"
  done
  if [ -z "$missing" ]; then return; fi
  say "  installing$missing"
  begin_packages
  # shellcheck disable=SC2086 # names of packages, one word each
  run_apt install --yes --no-install-recommends $missing
  end_packages
}

is_installed() { [ "$(dpkg-query --show --showformat='${db:Status-Abbrev}' "$1" 2>/dev/null)" = 'ii ' ]; }

list_packages() { dpkg-query --show --showformat='${db:Status-Abbrev}${Package}\n' | sed -n 's/^ii *//p' | sort -u; }

# begin_packages: notes what is there, unless a setup that was killed noted it already.
begin_packages() {
  # One that was killed may have left a package half done, and then nothing else can be installed.
  [ -z "$(dpkg --audit)" ] || dpkg --configure -a >/dev/null 2>&1 || :
  [ ! -e "$PACKAGES_BEFORE" ] || return 0
  list_packages >"$PACKAGES_BEFORE.new"
  mv -f "$PACKAGES_BEFORE.new" "$PACKAGES_BEFORE"
  remember packages pending
}

# end_packages: what came since is ours.
end_packages() {
  [ -e "$PACKAGES_BEFORE" ] || return 0
  added=$(list_packages | comm -13 "$PACKAGES_BEFORE" - | tr '\n' ' ')
  if [ -n "$added" ]; then remember packages "$added"; fi
  rm -f "$PACKAGES_BEFORE"
}

run_apt() {
  DEBIAN_FRONTEND=noninteractive apt-get --quiet --quiet -o Dpkg::Use-Pty=0 "$@" >"$LEDGER_FOLDER/apt.log" 2>&1 && return
  # A list of packages that is too old, or none at all, is the usual reason.
  if DEBIAN_FRONTEND=noninteractive apt-get --quiet --quiet update >>"$LEDGER_FOLDER/apt.log" 2>&1 &&
    DEBIAN_FRONTEND=noninteractive apt-get --quiet --quiet -o Dpkg::Use-Pty=0 "$@" >>"$LEDGER_FOLDER/apt.log" 2>&1; then
    return
  fi
  tail -n 5 "$LEDGER_FOLDER/apt.log" >&2
  fail "apt-get $1 did not work; its last lines are above." "All of it is in $LEDGER_FOLDER/apt.log. Mend it and run this again: it goes on from here."
}

# undo_packages pending|LIST
undo_packages() {
  if [ "$1" = pending ]; then
    end_packages
    # What was pending has a line of its own now, which the list being undone does not have.
    # shellcheck disable=SC2154 # set by end_packages
    if [ -z "${added:-}" ]; then return; fi
    set -- "$added"
  fi
  there=
  for package in $1; do
    if is_installed "$package"; then there="$there $package"; fi
  done
  if [ -z "$there" ]; then return; fi
  say "  removing$there"
  # shellcheck disable=SC2086 # names of packages, one word each
  DEBIAN_FRONTEND=noninteractive apt-get --quiet --quiet -o Dpkg::Use-Pty=0 purge --yes $there >/dev/null 2>&1 ||
    warn "Not all packages could be removed:$there"
}
