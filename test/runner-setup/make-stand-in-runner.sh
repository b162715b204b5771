#!/bin/sh
# An archive that behaves as GitHub's runner does towards runner-setup, for where that one cannot be had: make-stand-in-runner.sh
# ARCHIVE NODE, the latter by its path on the machine. Refuses what the real one refuses; registers with nobody.
set -eu

folder=$(mktemp -d)
mkdir -p "$folder/bin" "$folder/externals/node24/bin"
printf '#!/bin/sh\nexec %s "$@"\n' "$2" >"$folder/externals/node24/bin/node"

cat >"$folder/config.sh" <<'TEXT'
#!/bin/bash
if [ "$(id -u)" -eq 0 ]; then echo 'Must not run with sudo'; exit 1; fi
cd "$(dirname "$0")" || exit 1
[ -f .env ] || touch .env
echo "$PATH" >.path
if [ "${1:-}" = remove ]; then
  [ -n "$ACTIONS_RUNNER_INPUT_TOKEN" ] || { echo 'A token is needed.'; exit 1; }
  rm -f .runner .credentials
  exit 0
fi
[ ! -e .runner ] || { echo 'Cannot configure the runner because it is already configured.'; exit 1; }
[ "$ACTIONS_RUNNER_INPUT_TOKEN" = RIGHTTOKEN ] || { echo 'Http response code: NotFound from POST'; exit 1; }
printf '%s\n' "$@" >.asked
while [ $# -gt 0 ]; do
  case $1 in
    --url) url=$2; shift 2 ;;
    --name) name=$2; shift 2 ;;
    --labels | --work | --runnergroup) shift 2 ;;
    --unattended | --disableupdate | --replace | --no-default-labels) shift ;;
    *) echo "Unrecognized command-line input arguments: $1"; exit 1 ;;
  esac
done
echo "{\"agentName\": \"$name\", \"gitHubUrl\": \"$url\"}" >.runner
echo '{}' >.credentials
owner=$(echo "$url" | sed 's,^https://[^/]*/,,; s,/,-,g')
sed "s/{{SvcNameVar}}/actions.runner.$owner.$name.service/; s/{{SvcDescription}}/GitHub Actions Runner ($owner.$name)/" bin/systemd.svc.sh.template >svc.sh
chmod 755 svc.sh
TEXT

cat >"$folder/bin/systemd.svc.sh.template" <<'TEXT'
#!/bin/bash
SVC_NAME="{{SvcNameVar}}"
SVC_DESCRIPTION="{{SvcDescription}}"
UNIT_PATH=/etc/systemd/system/$SVC_NAME
TEMPLATE=${GITHUB_ACTIONS_RUNNER_SERVICE_TEMPLATE:-./bin/actions.runner.service.template}
[ "$(id -u)" -eq 0 ] || { echo 'Must run as sudo'; exit 1; }
case $1 in
  install)
    [ ! -f "$UNIT_PATH" ] || { echo "Failed: error: exists $UNIT_PATH"; exit 1; }
    sed "s/{{User}}/$2/g; s/{{Description}}/$SVC_DESCRIPTION/g; s/{{RunnerRoot}}/$(pwd | sed 's/\//\\\//g')/g" "$TEMPLATE" >"$UNIT_PATH" || exit 1
    chmod 664 "$UNIT_PATH"
    systemctl daemon-reload || exit 1
    cp bin/runsvc.sh runsvc.sh && chown "$2" runsvc.sh && chmod 755 runsvc.sh
    systemctl enable "$SVC_NAME" || exit 1
    echo "$SVC_NAME" >.service
    ;;
  uninstall)
    systemctl disable "$SVC_NAME"
    rm -f "$UNIT_PATH" .service
    ;;
  *) echo "Usage: svc.sh install|uninstall"; exit 1 ;;
esac
TEXT

printf '#!/bin/sh\nexec ./bin/Runner.Listener run\n' >"$folder/run.sh"
printf '#!/bin/sh\nexec ./bin/Runner.Listener run --startuptype service\n' >"$folder/bin/runsvc.sh"
# Its jobs are lines of a pipe.
cat >"$folder/bin/Runner.Listener" <<'TEXT'
#!/bin/sh
mkfifo _work/jobs 2>/dev/null
while :; do
  while read -r job; do sh -c "$job"; done <_work/jobs
done
TEXT
cat >"$folder/bin/installdependencies.sh" <<'TEXT'
#!/bin/bash
[ "$(id -u)" -eq 0 ] || exit 1
apt-get install -y tracey-stand-in-library
TEXT
chmod 755 "$folder/externals/node24/bin/node" "$folder"/*.sh "$folder"/bin/*.sh "$folder/bin/Runner.Listener"
tar -czf "$1" -C "$folder" .
rm -rf "$folder"
