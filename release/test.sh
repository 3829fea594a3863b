#!/bin/bash
# Releases to a registry of its own, with a key of its own, and verifies as a user would: what was signed, what another pushed in its place,
# and what parts an image is made of. Needs the images of `tollgate images`.
set -euo pipefail
cd "$(dirname "$0")/.."
CACHE=${TOLLGATE_CACHE:-$HOME/.cache/tollgate}; export PATH=$PATH:$CACHE/bin:$CACHE/cluster/bin COSIGN_PASSWORD=a-word-of-its-own
dir=$(mktemp -d); port=${RELEASE_PORT:-5003}; where=localhost:$port/tollgate
crane registry serve --address "localhost:$port" --disk "$dir" >"$dir.log" 2>&1 & registry=$!
trap 'kill $registry; rm -rf "$dir" "$dir".*' EXIT
for _ in $(seq 50); do curl -sf "localhost:$port/v2/" >/dev/null && break; sleep 0.1; done
(umask 077; cosign generate-key-pair --output-key-prefix "$dir.key" >/dev/null 2>&1)
verify() { cosign verify --key "$dir.key.pub" --insecure-ignore-tlog=true "$1" >/dev/null 2>&1; }
no() { echo "release: $*" >&2; exit 1; }

release/run.sh "$where" --key "$dir.key.key" --private >"$dir.values" 2> >(tee "$dir.log1" >&2)
for name in runtime operator; do
  image=$where/$name@$(sed -n "s/^  $name: .*digest: \"\(.*\)\"}$/\1/p" "$dir.values")
  verify "$image" || no "$image is not verified"
  cosign verify-attestation --key "$dir.key.pub" --insecure-ignore-tlog=true --type cyclonedx "$image" 2>/dev/null |
    jq -r .payload | base64 -d | jq -e '.predicate.components | map(.name) | index("tollgate-core")' >/dev/null || no "$image does not say its parts"
done
for chart in tollgate tollgate-crds; do verify "$where/charts/$chart:$(sed -n 's/^version: //p' helm/$chart/Chart.yaml)" || no "chart $chart is not verified"; done
helm template tollgate "oci://$where/charts/tollgate" --plain-http 2>/dev/null | grep -q "image: .*$where/operator:.*@sha256:" ||
  no "the chart does not install the digests"
# once more: the same digests, and no list of parts more
release/run.sh "$where" --key "$dir.key.key" --private >"$dir.again" 2>"$dir.log2"
cmp -s "$dir.values" "$dir.again" && cmp -s "$dir.log1" "$dir.log2" || no "another run has other digests: $(diff "$dir.log1" "$dir.log2")"
# another image in its place
crane copy "$where/operator@$(crane digest "$where/operator:0.1.0")" "$where/runtime:0.1.0" >/dev/null 2>&1
if verify "$where/runtime:0.1.0"; then no "another image was verified"; fi
# what is wrong is said before anything is pushed, and no password with it
says() { # words command...
  local words=$1; shift
  if "$@" >"$dir.err" 2>&1; then no "taken: $*"; fi
  grep -q "$words" "$dir.err" || no "it says: $(cat "$dir.err")"
  ! grep -q "$COSIGN_PASSWORD" "$dir.err" || no "it tells the password: $(cat "$dir.err")"
}
says "does not answer as a registry" release/run.sh localhost:1/nowhere --key "$dir.key.key" --private
says "no key /nowhere" release/run.sh "$where" --key /nowhere
COSIGN_PASSWORD=another-word says "does not open" release/run.sh "$where" --key "$dir.key.key"
echo "released, verified, and not verified what was put in its place"
