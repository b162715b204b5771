# shellcheck shell=sh
# The ledger: what was made on this machine, in order. A line is written before the thing is made, so that a setup that is
# killed anywhere can be run again or undone. Needs telling.sh and places.sh.

LEDGER=$LEDGER_FOLDER/made

open_ledger() {
  umask 022
  mkdir -p "$LEDGER_FOLDER" "$LEDGER_FOLDER/kept"
  chmod 0700 "$LEDGER_FOLDER"
  [ -e "$LEDGER" ] || : >"$LEDGER"
}

# remember KIND VALUE
remember() {
  if ! is_remembered "$1" "$2"; then printf '%s %s\n' "$1" "$2" >>"$LEDGER"; fi
}

# is_remembered KIND VALUE
is_remembered() { grep -qxF -- "$1 $2" "$LEDGER" 2>/dev/null; }

# make_folder PATH MODE [OWNER]: with what is missing above it.
make_folder() {
  if [ ! -d "$1" ]; then
    case ${1%/*} in
      '') ;;
      *) [ -d "${1%/*}" ] || make_folder "${1%/*}" 0755 ;;
    esac
    remember folder "$1"
    mkdir -p "$1"
  fi
  if is_remembered folder "$1"; then
    chmod "$2" "$1"
    chown "${3:-root:root}" "$1"
  fi
}

# put_file PATH MODE [OWNER] <CONTENT: whole or not at all. What was there before is kept for undo.
put_file() {
  make_folder "${1%/*}" 0755
  if ! is_remembered file "$1"; then
    if [ -e "$1" ]; then keep_file "$1"; else remember file "$1"; fi
  fi
  cat >"$1.tracey-new"
  chmod "$2" "$1.tracey-new"
  chown "${3:-root:root}" "$1.tracey-new"
  mv -f "$1.tracey-new" "$1"
}

# keep_file PATH: as it is before the first change.
keep_file() {
  if is_remembered changed "$1"; then return; fi
  kept=$LEDGER_FOLDER/kept/$(name_kept "$1")
  cp -p "$1" "$kept.new"
  mv -f "$kept.new" "$kept"
  remember changed "$1"
}

# name_kept PATH: one file name for each path.
name_kept() { printf '%s' "$1" | sed 's/%/%25/g; s,/,%2F,g'; }

# put_setting KEY VALUE: what was asked for, so that a second installation without flags asks for the same.
put_setting() {
  settings=$LEDGER_FOLDER/settings
  { grep -v "^$1 " "$settings" 2>/dev/null || :; printf '%s %s\n' "$1" "$2"; } >"$settings.new"
  mv -f "$settings.new" "$settings"
}

# get_setting KEY
get_setting() { sed -n "s/^$1 //p" "$LEDGER_FOLDER/settings" 2>/dev/null || :; }

is_enabled() { [ "$(systemctl is-enabled "$1" 2>/dev/null)" = enabled ]; }

# undo_ledger: newest first; what cannot be undone is said, and the rest goes on.
undo_ledger() {
  [ -e "$LEDGER" ] || return 0
  sed '1!G;h;$!d' "$LEDGER" >"$LEDGER.undoing"
  while read -r kind value; do
    case $kind in
      file) rm -f "$value" "$value.tracey-new" ;;
      tree) rm -rf "$value" ;;
      folder) rmdir "$value" 2>/dev/null || [ ! -d "$value" ] || warn "$value is not empty and stays." ;;
      changed)
        kept=$LEDGER_FOLDER/kept/$(name_kept "$value")
        if [ -e "$kept" ]; then mv -f "$kept" "$value"; fi
        rm -f "$value.tracey-new"
        ;;
      unit) ! is_enabled "$value" || systemctl disable --now "$value" >/dev/null 2>&1 || : ;;
      member) gpasswd --delete "${value% *}" "${value#* }" >/dev/null 2>&1 || : ;;
      user)
        pkill -KILL -u "$value" 2>/dev/null || :
        if id "$value" >/dev/null 2>&1; then userdel "$value" || warn "The user $value is still there."; fi
        ;;
      packages) undo_packages "$value" ;;
    esac
  done <"$LEDGER.undoing"
  rm -f "$LEDGER.undoing"
}
