# shellcheck shell=sh
# Archives from a file or an https:// address, used only with the checksum they must have. Needs telling.sh.

# fetch_archive SOURCE FILE ALGORITHM SUM: a copy that is as it must be.
fetch_archive() {
  case $1 in
    https://*)
      say "  downloading $(shorten "$1")"
      curl --proto '=https' --tlsv1.2 --fail --location --silent --show-error --retry 3 --output "$2" -- "$1" ||
        fail "$(shorten "$1") could not be downloaded." 'Download it elsewhere, and name the file instead of the address.'
      ;;
    http://*) refuse "$(shorten "$1"): not without https." ;;
    *)
      [ -r "$1" ] || fail "$(shorten "$1") cannot be read."
      cp -- "$1" "$2"
      ;;
  esac
  found=$("$3sum" "$2" | cut -d ' ' -f 1)
  [ "$found" = "$4" ] ||
    fail "$(shorten "$1") is not what it must be: its $3 is $found, not $4." 'Nothing of it was used. Take the archive and its checksum from the release page.'
}
