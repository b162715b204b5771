# shellcheck shell=sh
# shellcheck disable=SC2034 # read by whoever sources this
# What install.sh was asked for, checked: everything that comes from outside is held to the few characters it may have before it
# is used anywhere. Needs telling.sh.

print_usage() {
  cat <<'TEXT'
Usage: sudo ./runner-setup/install.sh --role primary|field --url URL [options]

Makes this machine a Tracey runner. Running it again mends what is missing; undo.sh takes everything back.

  --role ROLE            primary (a quiet server) or field (a device that installs nothing)
  --url URL              the organisation or repository, e.g. https://github.com/happner
  --token TOKEN          a registration token, or a token or App installation token that may make one;
                         "-" reads it from standard input, so that no list of processes shows it
  --token-file FILE      the same, from a file
  --name NAME            what the runner is called (default: this machine's name)
  --labels A,B           labels besides tracey-<role>,linux,<arch>
  --group GROUP          the runner group (organisations only)
  --ephemeral            one job for each registration; it is renewed with the App key in
                         /etc/tracey/github-app.env after every job

  --runner-archive FILE|URL   the official runner's archive (default: the pinned version from GitHub)
  --runner-sha256 SUM         its SHA-256, for another version than the pinned one
  --tracey FOLDER             the built Tracey (default: dist/ beside runner-setup/)

  --ipfs HOST:PORT       field: the primary's IPFS node. primary: where its own listens (default 127.0.0.1:5001)
  --kubo-archive FILE|URL     primary: Kubo's archive, if `ipfs` is not there already
  --kubo-sha512 SUM           its SHA-512
  --docker               primary: Docker Engine, and the runner's user in its group, which is as good as root
  --podman               primary: rootless Podman instead
  --dashboard            primary: nginx serves /var/lib/tracey/site on port 80
  --keep-days DAYS       primary: how long backups of the database are kept (default 14)

  --no-tuning            leave the machine's settings alone
  --dry-run              say what would be done, and do nothing
  -h, --help             this text

Examples:
  sudo ./runner-setup/install.sh --role primary --url https://github.com/happner --token - < token.txt
  sudo ./runner-setup/install.sh --role field --url https://github.com/happner --token-file token.txt --ipfs 192.168.0.4:5001
TEXT
}

# parse_options ARGUMENT...
parse_options() {
  ROLE='' URL='' TOKEN='' NAME='' LABELS='' GROUP='' EPHEMERAL=no
  RUNNER_ARCHIVE='' RUNNER_SHA256='' TRACEY_SOURCE='' IPFS='' KUBO_ARCHIVE='' KUBO_SHA512=''
  ENGINE=none DASHBOARD=no KEEP_DAYS='' TUNING=yes DRY_RUN=no
  while [ $# -gt 0 ]; do
    case $1 in
      --role | --url | --token | --token-file | --name | --labels | --group | --runner-archive | --runner-sha256 | \
        --tracey | --ipfs | --kubo-archive | --kubo-sha512 | --keep-days)
        [ $# -ge 2 ] || refuse "$1 needs a value." 'See --help.'
        take_value "$1" "$2"
        shift 2
        ;;
      --ephemeral) EPHEMERAL=yes && shift ;;
      --docker) ENGINE=docker && shift ;;
      --podman) ENGINE=podman && shift ;;
      --dashboard) DASHBOARD=yes && shift ;;
      --no-tuning) TUNING=no && shift ;;
      --dry-run) DRY_RUN=yes && shift ;;
      -h | --help) print_usage && exit 0 ;;
      *) refuse "Unknown option: $(shorten "$1")" 'See --help.' ;;
    esac
  done
}

# take_value FLAG VALUE
take_value() {
  case $1 in
    --role) ROLE=$2 ;;
    --url) URL=${2%/} ;;
    --token)
      TOKEN=$2
      if [ "$2" = - ]; then IFS= read -r TOKEN || [ -n "$TOKEN" ] || refuse '--token -: nothing came in on standard input.'; fi
      ;;
    --token-file)
      [ -r "$2" ] || refuse "--token-file: $(shorten "$2") cannot be read."
      IFS= read -r TOKEN <"$2" || [ -n "$TOKEN" ] || refuse "--token-file: $(shorten "$2") is empty."
      ;;
    --name) NAME=$2 ;;
    --labels) LABELS=$2 ;;
    --group) GROUP=$2 ;;
    --runner-archive) RUNNER_ARCHIVE=$2 ;;
    --runner-sha256) RUNNER_SHA256=$2 ;;
    --tracey) TRACEY_SOURCE=$2 ;;
    --ipfs) IPFS=$2 ;;
    --kubo-archive) KUBO_ARCHIVE=$2 ;;
    --kubo-sha512) KUBO_SHA512=$2 ;;
    --keep-days) KEEP_DAYS=$2 ;;
  esac
}

# complete_options: what was not said now is as it was said the last time, else the default.
complete_options() {
  ROLE=${ROLE:-$(get_setting role)}
  URL=${URL:-$(get_setting url)}
  NAME=${NAME:-$(get_setting name)}
  NAME=${NAME:-$(uname -n)}
  LABELS=${LABELS:-$(get_setting labels)}
  GROUP=${GROUP:-$(get_setting group)}
  IPFS=${IPFS:-$(get_setting ipfs)}
  KEEP_DAYS=${KEEP_DAYS:-$(get_setting keep-days)}
  KEEP_DAYS=${KEEP_DAYS:-14}
  [ "$ENGINE" != none ] || ENGINE=$(get_setting engine)
  ENGINE=${ENGINE:-none}
  [ "$EPHEMERAL" = yes ] || EPHEMERAL=$(get_setting ephemeral)
  EPHEMERAL=${EPHEMERAL:-no}
  [ "$DASHBOARD" = yes ] || DASHBOARD=$(get_setting dashboard)
  DASHBOARD=${DASHBOARD:-no}
}

keep_options() {
  put_setting role "$ROLE"
  put_setting url "$URL"
  put_setting name "$NAME"
  put_setting labels "$LABELS"
  put_setting group "$GROUP"
  put_setting ipfs "$IPFS"
  put_setting keep-days "$KEEP_DAYS"
  put_setting engine "$ENGINE"
  put_setting ephemeral "$EPHEMERAL"
  put_setting dashboard "$DASHBOARD"
  put_setting tuning "$TUNING"
}

check_options() {
  case $ROLE in
    primary | field) ;;
    '') refuse '--role is missing.' 'It is primary for a quiet server, field for a device.' ;;
    *) refuse "--role must be primary or field, got \"$(shorten "$ROLE")\"." ;;
  esac
  check_url
  check_characters --name "$NAME" 'A-Za-z0-9._-' 64
  check_characters --labels "$LABELS" 'A-Za-z0-9._,-' 256
  check_characters --group "$GROUP" 'A-Za-z0-9 ._-' 64
  check_characters --token "$TOKEN" 'A-Za-z0-9._-' 4096
  check_characters --runner-sha256 "$RUNNER_SHA256" '0-9a-f' 64
  check_characters --kubo-sha512 "$KUBO_SHA512" '0-9a-f' 128
  check_characters --ipfs "$IPFS" 'A-Za-z0-9.:-' 260
  check_characters --keep-days "$KEEP_DAYS" '0-9' 4
  [ "$KEEP_DAYS" -ge 1 ] || refuse "--keep-days must be 1 or more, got \"$KEEP_DAYS\"."
  [ -n "$NAME" ] || refuse '--name is empty.'
  if [ "$ROLE" = field ]; then
    [ -n "$IPFS" ] || refuse '--ipfs is missing: a field device takes its dependencies from there.' 'For example: --ipfs 192.168.0.4:5001'
    for wanted in "$ENGINE:none:--docker and --podman are" "$DASHBOARD:no:--dashboard is" "$KUBO_ARCHIVE::--kubo-archive is"; do
      given=${wanted%%:*} && rest=${wanted#*:}
      [ "$given" = "${rest%%:*}" ] || refuse "${rest#*:} for a primary: on a field device nothing is installed but what runs."
    done
  fi
  if [ -n "$KUBO_ARCHIVE" ] && [ ${#KUBO_SHA512} -ne 128 ]; then
    refuse '--kubo-archive needs --kubo-sha512.' 'Kubo publishes it beside the archive, in a file with the ending .sha512.'
  fi
  if [ -n "$RUNNER_SHA256" ] && [ ${#RUNNER_SHA256} -ne 64 ]; then refuse '--runner-sha256 must have 64 digits.'; fi
}

check_url() {
  [ -n "$URL" ] || refuse '--url is missing.' 'It is the page of the organisation or the repository, e.g. https://github.com/happner.'
  check_characters --url "$URL" 'A-Za-z0-9.:/_-' 300
  case $URL in
    https://?*/?*) ;;
    *) refuse "--url must be the https:// address of an organisation or a repository, got \"$(shorten "$URL")\"." 'For example: https://github.com/happner' ;;
  esac
}

# check_characters FLAG VALUE SET LENGTH
check_characters() {
  if [ ${#2} -gt "$4" ]; then refuse "$1 is longer than $4 characters."; fi
  # A pattern as a variable: the set is ours.
  case $2 in
    -*) refuse "$1 must not begin with a dash, got \"$(shorten "$2")\"." ;;
    *[!$3]*) refuse "$1 has characters that it must not have: \"$(shorten "$2")\"." "Allowed are $3." ;;
  esac
}
