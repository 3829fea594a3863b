# Sourced by the scripts beside it: where things are, starting a process, waiting for something with an end.
CACHE=${TOLLGATE_CACHE:-$HOME/.cache/tollgate}/cluster
B=$CACHE/bin
R=${TOLLGATE_CLUSTER_STATE:-$CACHE/state}
IP=10.244.0.1

fail() { echo "cluster: $*" >&2; exit 1; }

running() { # name: is the process of that name, started here, alive?
  [ -f "$R/pid/$1" ] && kill -0 "$(cat "$R/pid/$1")" 2>/dev/null
}

start() { # name command...: does nothing when it already runs
  local n=$1; shift
  running "$n" && return 0
  setsid nohup "$@" >"$R/log/$n.log" 2>&1 </dev/null &
  echo $! >"$R/pid/$n"
}

await() { # seconds log-name what command...: until the command succeeds, else an error with the end of the log
  local seconds=$1 log=$2 what=$3 end; shift 3
  end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$end" ]; then
      tail -n 15 "$R/log/$log.log" >&2 || true
      fail "$what: not within $seconds s; the whole log is $R/log/$log.log"
    fi
    sleep 0.2
  done
}
