# shellcheck shell=sh
# What the scripts say, and how they end: 0 fine, 1 something is not as it should be, 2 asked wrongly.

say() { printf '%s\n' "$*"; }

warn() { printf 'Warning: %s\n' "$*" >&2; }

# fail WHAT [REMEDY]
fail() {
  printf 'Error: %s\n' "$1" >&2
  if [ -n "${2:-}" ]; then printf '  %s\n' "$2" >&2; fi
  exit 1
}

# refuse WHAT [REMEDY]: the command itself is wrong.
refuse() {
  printf 'Error: %s\n' "$1" >&2
  if [ -n "${2:-}" ]; then printf '  %s\n' "$2" >&2; fi
  exit 2
}

# shorten TEXT: text from outside as one short line without control characters.
shorten() { printf '%s' "$1" | tr '\000-\037\177' ' ' | cut -c1-120; }

# format_json TEXT: a JSON string.
format_json() {
  printf '"%s"' "$(printf '%s' "$1" | tr '\000-\037\177' ' ' | sed 's/\\/\\\\/g; s/"/\\"/g')"
}
