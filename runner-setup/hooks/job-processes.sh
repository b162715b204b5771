# shellcheck shell=sh
# Processes that a job left behind: whatever is in the runner's control group and neither above nor below this script. Sourced by hooks.

# list_leftover_processes: ids, one to a line.
list_leftover_processes() {
  group=$(sed -n 's/^0:://p' "${ROOT:-}/proc/self/cgroup")
  procs=${ROOT:-}/sys/fs/cgroup$group/cgroup.procs
  # Where both versions of control groups are in use, this one has a folder of its own.
  [ -r "$procs" ] || procs=${ROOT:-}/sys/fs/cgroup/unified$group/cgroup.procs
  # Without a group of its own everything of the machine would be in it.
  case $group in
    */*.service*) ;;
    *) return 0 ;;
  esac
  [ -r "$procs" ] || return 0
  above=" $(list_ancestors $$ | tr '\n' ' ')"
  while read -r pid; do
    case $above in *" $pid "*) continue ;; esac
    if is_below "$pid" $$; then continue; fi
    echo "$pid"
  done <"$procs"
}

# list_ancestors PID: itself first.
list_ancestors() {
  pid=$1
  while [ -n "$pid" ] && [ "$pid" -gt 0 ]; do
    echo "$pid"
    pid=$(read_parent "$pid")
  done
}

read_parent() { sed -n 's/^PPid:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null || :; }

# is_below PID ANCESTOR
is_below() {
  list_ancestors "$1" | grep -qx "$2"
}

end_leftover_processes() {
  leftovers=$(list_leftover_processes)
  [ -n "$leftovers" ] || return 0
  echo "Ending what a job left running: $(echo "$leftovers" | tr '\n' ' ')"
  for pid in $leftovers; do kill -TERM "$pid" 2>/dev/null || :; done
  waited=0
  while [ "$waited" -lt 5 ] && [ -n "$(list_leftover_processes)" ]; do
    sleep 1
    waited=$((waited + 1))
  done
  for pid in $(list_leftover_processes); do kill -KILL "$pid" 2>/dev/null || :; done
}
