#!/bin/bash
# Tests the charts: lint, rendering against golden/ (--update rewrites it), wrong values refused with the name of what is wrong.
cd "$(dirname "$0")" || exit 1
HELM=$(command -v helm || echo "${TOLLGATE_CACHE:-$HOME/.cache/tollgate}/cluster/bin/helm"); passed=0 failed=0
ok() { echo "ok   $1"; passed=$((passed + 1)); }
bad() { echo "FAIL $1: $2"; failed=$((failed + 1)); }
for c in tollgate tollgate-crds; do
  if out=$("$HELM" lint "../$c" 2>&1); then ok "lint $c"; else bad "lint $c" "$out"; fi
done
for f in values/*.yaml; do
  n=$(basename "$f" .yaml)
  if ! out=$("$HELM" template tollgate ../tollgate -n tollgate --kube-version 1.35.0 -f "$f" 2>&1); then bad "render $n" "$out"; continue; fi
  [ "${1:-}" = --update ] && echo "$out" >"golden/$n.yaml"
  if d=$(diff "golden/$n.yaml" - <<<"$out"); then ok "render $n"; else bad "render $n" "$d"; fi
done
n=$("$HELM" template tollgate ../tollgate --set monitoring.dashboards=true 2>&1 | grep -c 'grafana_dashboard: "1"')
if [ "$n" = 3 ]; then ok "render dashboards"; else bad "render dashboards" "$n of 3"; fi
for f in wrong/*.yaml; do
  n=$(basename "$f" .yaml)
  if out=$("$HELM" template tollgate ../tollgate -f "$f" 2>&1); then bad "refused $n" "was accepted"
  elif grep -q "$n" <<<"$out"; then ok "refused $n"; else bad "refused $n" "the message does not name it: $out"; fi
done
echo "$passed passed, $failed failed"; [ $failed = 0 ]
