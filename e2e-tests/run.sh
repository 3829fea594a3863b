#!/bin/bash
# End-to-end tests, as a user works: helm install, traffic through the Service, faults, uninstall.   run.sh [--current]
# --current uses the current KUBECONFIG (its nodes must have the images); otherwise a cluster is brought up and torn down.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
CACHE=${TOLLGATE_CACHE:-$HOME/.cache/tollgate}; export PATH=$PATH:$CACHE/cluster/bin
CURRENT=${1:-}; NS=tollgate passed=0 failed=0
k() { kubectl -n $NS "$@"; }
diagnose() { k get all,tenants,gatewaypools,shardpools -o wide; k describe tenants,pods; k logs deploy/tollgate-operator --tail=60; k logs statefulset/default-gateway --tail=60; } 2>&1
finish() {
  [ $failed = 0 ] || diagnose | tail -n 400
  [ "$CURRENT" = --current ] || e2e-tests/cluster/down.sh --wipe
  echo "$passed passed, $failed failed"
  [ $failed = 0 ] && [ $passed -gt 0 ]; exit
}
check() { # name command...
  local name=$1 out; shift
  if out=$("$@" 2>&1); then echo "ok   $name"; passed=$((passed + 1)); else echo "FAIL $name: $(tail -n 3 <<<"$out")"; failed=$((failed + 1)); return 1; fi
}
retry() { # seconds command...
  local end=$((SECONDS + $1)); shift; until "$@"; do [ $SECONDS -lt $end ] || return 1; sleep 1; done
}
build_images() { ./tollgate images; }
load_images() { e2e-tests/image/load.sh operator/target/operator.tar runtime/app/target/runtime.tar; }
install() {
  helm upgrade --install tollgate-crds helm/tollgate-crds -n $NS --create-namespace &&
    helm upgrade --install tollgate helm/tollgate -n $NS --set image.runtime.tag=e2e,image.operator.tag=e2e,image.mariadb.tag=e2e,image.mariadb.repository=tollgate.local/mariadb
}
url() { echo "http://$(k get service default-gateway -o jsonpath='{.spec.clusterIP}'):8080$1"; }
status() { curl -s -m 5 -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $1" --data '{"a":1}' "$(url /v1/tools/json/format)"; }
gives() { local s; s=$(status "$2"); [ "$s" = "$1" ] || { echo "expected $1, got $s"; return 1; }; }
flood() {
  local u; u=$(url /v1/tools/json/format)
  seq 200 | xargs -P 8 -I{} curl -s -m 5 -o /dev/null -w '%{http_code}\n' -H "Authorization: Bearer $KEY" --data '{"a":1}' "$u" |
    grep -q 429 || { echo "no 429 in 200 calls"; return 1; }
}
usage() { curl -s -m 5 -H "Authorization: Bearer $KEY" "$(url /v1/usage)" | jq '[.. | objects | select(.meter? == "requests" or .name? == "requests") | .used? // empty] | max // 0'; }
counted() { local n; n=$(usage); [ "${n:-0}" -gt "$1" ] 2>/dev/null || { echo "usage is '$n', wanted more than $1"; return 1; }; }
kill_pods() { k delete pod -l "$1" --grace-period=0 --force; }
trap finish EXIT
if [ "$CURRENT" != --current ]; then
  export KUBECONFIG=${TOLLGATE_CLUSTER_STATE:-$CACHE/cluster/state}/admin.conf
  check "images build" build_images || exit
  check "cluster comes up" e2e-tests/cluster/up.sh || exit
  check "images load" load_images || exit
fi
check "helm install" install || exit
check "tenant demo is Ready" k wait --for=condition=Ready tenant/demo --timeout=180s || exit
KEY=$(k get secret demo-key -o jsonpath='{.data.api-key}' | base64 -d)
check "a call with the key is answered" retry 30 gives 200 "$KEY"
check "a call with a wrong key is refused" gives 401 none
check "a flood is limited" flood
check "usage is counted" retry 15 counted 0
check "helm test" helm test tollgate -n $NS
check "operator killed" kill_pods app.kubernetes.io/component=operator
check "operator comes back" k rollout status deploy/tollgate-operator --timeout=90s
before=$(usage)
check "gateway killed" k delete pod default-gateway-0 --grace-period=0 --force
check "gateway comes back" retry 90 gives 200 "$KEY"
check "usage survives the kill" retry 30 counted "${before:-0}"
check "tenant deleted" k delete tenant demo --timeout=60s
check "its key is refused" retry 15 gives 401 "$KEY"
check "helm uninstall ends within 60 s" timeout 60 helm uninstall tollgate -n $NS --wait
