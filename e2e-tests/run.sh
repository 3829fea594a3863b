#!/bin/bash
# End-to-end tests, as a user works: helm install, traffic through the Service, faults, uninstall.   run.sh [--current]
# --current uses the current KUBECONFIG (its nodes must have the images); otherwise a cluster is brought up and torn down.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
case "${1:-}" in
  ""|--current) ;;
  -h|--help) sed -n '2,3s/^# //p' e2e-tests/run.sh; echo "tollgate e2e --soak [SEEDS [BILLING-SEEDS]] kills and counts instead, without a cluster."; exit ;;
  *) echo "e2e: unknown option $1; see --help" >&2; exit 2 ;;
esac
CACHE=${TOLLGATE_CACHE:-$HOME/.cache/tollgate}; export PATH=$PATH:$CACHE/cluster/bin
CURRENT=${1:-}; NS=tollgate passed=0 failed=0
k() { kubectl -n $NS "$@"; }
diagnose() { k get all,tenants,gatewaypools,shardpools,modelservers -o wide; k describe tenants,modelservers,pods; k logs deploy/tollgate-operator --tail=60; k logs statefulset/default-gateway --tail=60; } 2>&1
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
build_images() { e2e-tests/image/build.sh mariadb ollama && ./tollgate images; }
load_images() { e2e-tests/image/load.sh operator/target/operator.tar runtime/app/target/runtime.tar "$CACHE"/images/{mariadb,ollama}.tar; }
install() {
  helm upgrade --install tollgate-crds helm/tollgate-crds -n $NS --create-namespace --wait && platform
}
platform() {
  helm upgrade --install tollgate helm/tollgate -n $NS --create-namespace --set image.runtime.tag=e2e,image.operator.tag=e2e,image.mariadb.tag=e2e,image.mariadb.repository=tollgate.local/mariadb,image.ollama.tag=e2e,image.ollama.repository=tollgate.local/ollama "$@"
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
# what the operator asks of a replica, asked by another
closed() {
  local ip; ip=$(k get pod edge-gateway-0 -o jsonpath='{.status.podIP}')
  if curl -sk -m 5 "https://$ip:8082/tollgate/programmed"; then echo "it answered"; return 1; fi
  [ "$(curl -s -m 5 -o /dev/null -w '%{http_code}' "http://$ip:8081/tollgate/programmed")" = 404 ] || { echo "8081 answered"; return 1; }
}
over_tls() {
  local n; n=$(k exec data-0-0 -- sh -c 'MYSQL_PWD=$OPERATOR_PASSWORD mariadb -N -u operator -S /run/mysqld/mysqld.sock -e "SHOW GLOBAL STATUS LIKE \"Ssl_accepts\""')
  [ "${n##*[[:space:]]}" -gt 0 ] || { echo "handshakes: $n"; return 1; }
}
# whether no pod of the platform runs as the user that is usual
others() {
  local user; user=$(k get pods -l app.kubernetes.io/name -o jsonpath='{.items[*].spec.securityContext.runAsUser}' | tr ' ' '\n' | sort -u)
  [ "$user" = 1000680000 ] || { echo "they run as $user"; return 1; }
}
gone() {
  k delete tenant globex --timeout=90s && k delete -f samples/production -f e2e-tests/model.yaml --ignore-not-found --timeout=120s &&
    timeout 60 helm uninstall tollgate -n $NS --wait
}
# a model: a server that the operator runs and fills, and its route on the evaluation gateway
chat() { curl -s -m 90 -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' --data '{"model":"gemma","max_tokens":8,"stream":'"$1"',"messages":[{"role":"user","content":"Say hello."}]}' "$(url /v1/chat/completions)"; }
tokens() { curl -s -m 5 -H "Authorization: Bearer $KEY" "$(url /v1/usage)" | jq '.total.tokensIn + .total.tokensOut'; }
answers() { local a; a=$(chat false); jq -e '.usage.total_tokens > 8' <<<"$a" >/dev/null || { echo "$a"; return 1; }; }
streams() { local a; a=$(chat true); grep -q '^data: {.*"content"' <<<"$a" && grep -q '^data: \[DONE\]' <<<"$a" || { echo "$a"; return 1; }; }
billed() { local n; n=$(tokens); [ "${n:-0}" -ge "$1" ] || { echo "the ledger has '$n' tokens, wanted $1"; return 1; }; }
# a version of a prompt that is published: $1 is what sed makes of it
republished() { sed "$1" e2e-tests/prompt.yaml | k apply -f -; }
immutable() { local a; if a=$(republished "$1" 2>&1); then echo "it was changed"; return 1; fi; grep -q 'a version never changes' <<<"$a" || { echo "$a"; return 1; }; }
accepted() { local r; r=$(k get prompttemplate greeting -o jsonpath='{.status.conditions[?(@.type=="Accepted")].reason}'); [ "$r" = "$1" ] || { echo "expected $1, got $r"; return 1; }; }
takes_part() { # calls of four users
  local user a
  for user in a b c d; do
    a=$(curl -s -m 90 -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' --data '{"user":"'$user'","max_tokens":8}' "$(url /v1/prompts/greeting/run)")
    jq -e '.usage.total_tokens > 8' <<<"$a" >/dev/null || { echo "$a"; return 1; }
  done
}
experimented() { local n; n=$(k get experiment tone -o jsonpath='{.status.calls}'); [ "${n:-0}" = "$1" ] || { echo "the status has '$n' calls, wanted $1"; return 1; }; }
kill_pods() { k delete pod -l "$1" --grace-period=0 --force; }
# of all operators, one works, and it tells how many tenants there are
measured() {
  local m; m=$(k get pods -l app.kubernetes.io/component=operator -o jsonpath='{range .items[*]}{.status.podIP}{"\n"}{end}' | xargs -I{} curl -s -m 5 http://{}:8081/metrics)
  [ "$(grep -c '^tollgate_operator_leader 1' <<<"$m")" = 1 ] && [ "$(grep -c '^tollgate_operator_resources{kind="Tenant"' <<<"$m")" = 1 ] || { grep ^tollgate_operator <<<"$m"; return 1; }
}
# production: a pool of two replicas on MariaDB servers that the operator runs
edge() { echo "http://$(k get service edge-gateway -o jsonpath='{.spec.clusterIP}'):8080$1"; }
file() { curl -s -m 10 -o /dev/null -w '%{http_code}\n' -H "Authorization: Bearer $1" "$(edge /v1/files/hello.txt)"; }
served() { local s; s=$(file "$1"); [ "$s" = 200 ] || { echo "expected 200, got $s"; return 1; }; }
used() { # a shard that was just opened may say 503 once
  local n
  for _ in 1 2 3 4 5; do
    n=$(curl -s -m 5 -H "Authorization: Bearer $1" "$(edge /v1/usage)" | jq '.total.requests // empty')
    if [ -n "$n" ]; then echo "$n"; return; fi
    sleep 1
  done
  echo unknown
}
# What is used once it has stood still for half a minute: a replica may still be opening the databases.
settled() {
  local n last='' same=0
  for _ in $(seq 15); do
    n=$(used "$1"); if [ "$n" = "$last" ]; then same=$((same + 1)); else same=0; fi
    [ $same -ge 3 ] && break
    last=$n; sleep 10
  done
  echo "$n"
}
# At least the answered calls, at most those that were sent: one that the kill cut off counts as the part of it that was served.
within() { local n; n=$(used "$1"); [ "$n" -ge "$2" ] && [ "$n" -le "$3" ] || { echo "the ledger has '$n' requests, $2 were answered and $3 sent"; return 1; }; }
exactly() { local n; n=$(used "$1"); [ "$n" = "$2" ] || { echo "the ledger has '$n' requests, $2 were answered"; return 1; }; }
# Calls as acme until the file `stop` is there, in four lines; each writes the status of every call.
calls() {
  rm -rf "$WORK/calls"; mkdir -p "$WORK/calls"; local u; u=$(edge /v1/files/hello.txt)
  for i in 1 2 3 4; do
    (until [ -f "$WORK/calls/stop" ]; do curl -s -m 20 -o /dev/null -w '%{http_code}\n' -H "Authorization: Bearer $ACME" "$u"; done >"$WORK/calls/$i.txt" 2>/dev/null) &
  done
}
# Not to be called in $( ): a subshell cannot wait for the lines, and the last of their calls would not be counted.
calls_end() { touch "$WORK/calls/stop"; wait; echo "     calls: $(cat "$WORK"/calls/*.txt | sort | uniq -c | tr '\n' ';')"; }
all_answered() { local bad; bad=$(cat "$WORK"/calls/*.txt | grep -vc '^200$'); [ "$bad" = 0 ] || { echo "$bad calls failed"; return 1; }; }
answered() { cat "$WORK"/calls/*.txt | grep -c '^200$'; }
sent() { cat "$WORK"/calls/*.txt | wc -l; }
rolled() { k rollout restart statefulset/edge-gateway && k rollout status statefulset/edge-gateway --timeout=180s; }
replicas() { local n; n=$(k get statefulset edge-gateway -o jsonpath='{.status.readyReplicas}'); [ "${n:-0}" -ge "$1" ] || { echo "$n replicas"; return 1; }; }
leader() { k get lease -o jsonpath='{.items[0].spec.holderIdentity}'; }
new_leader() { local l; l=$(leader); [ -n "$l" ] && [ "$l" != "$1" ] || { echo "the leader is still '$l'"; return 1; }; }
WORK=$(mktemp -d)
trap finish EXIT
if [ "$CURRENT" != --current ]; then
  export KUBECONFIG=${TOLLGATE_CLUSTER_STATE:-$CACHE/cluster/state}/admin.conf
  check "images build" build_images || exit
  check "a release is signed, and verified" release/test.sh
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

check "a model server, its file and its route are applied" k apply -f e2e-tests/model.yaml
check "the file is on its volume" k wait --for=condition=Complete job/model-files --timeout=120s
check "the server holds the model" k wait --for=condition=Ready modelserver/llm --timeout=300s
check "a chat is answered" retry 60 answers
check "a chat is streamed" streams
check "their tokens are counted" retry 30 billed 20
check "a prompt is applied" k apply -f e2e-tests/prompt.yaml
check "its versions are served" k wait --for=condition=Programmed prompttemplate/greeting --timeout=60s
check "its experiment too" k wait --for=condition=Programmed experiment/tone --timeout=60s
check "calls take part in it" takes_part
check "and are in its status" retry 60 experimented 4
check "the words of a version cannot be changed" immutable 's/hello/goodbye/'
check "other parameters are applied" republished 's/0\.2/0.9/'
check "and told as changed" retry 30 accepted VersionChanged
check "the model's pod is killed" k delete pod llm-models-0 --grace-period=0 --force
check "it comes back with its model" retry 120 answers
check "the server goes, its claim stays" k delete modelserver llm --timeout=60s
check "with the model on it" k get pvc data-llm-models-0

check "samples/production is applied" k apply -f samples/production -f e2e-tests/files.yaml
check "both databases answer" k wait --for=condition=Ready shardpool/data --timeout=240s || exit
check "the pool is Ready" k wait --for=condition=Ready gatewaypool/edge --timeout=240s || exit
check "its replicas reach both databases" k wait --for=condition=Connected gatewaypool/edge shardpool/data --timeout=60s
check "only the operator is answered on its port" closed
check "the databases are reached over TLS" over_tls
check "tenants on both shards are Ready" k wait --for=condition=Ready tenant/acme tenant/globex --timeout=120s || exit
ACME=$(k get secret acme-key -o jsonpath='{.data.api-key}' | base64 -d)
GLOBEX=$(k get secret globex-key -o jsonpath='{.data.api-key}' | base64 -d)
check "a proxied call is answered" retry 60 served "$ACME"
check "the other tenant is served too" retry 30 served "$GLOBEX"
before=$(settled "$ACME")
calls
check "a rolling update under load" rolled
calls_end
check "the rolling update dropped no request" all_answered
check "each of its calls is in the ledger once" retry 30 exactly "$ACME" $((before + $(answered)))
before=$(used "$ACME")
calls
check "a database is killed under load" k delete pod data-0-0 data-1-0 --grace-period=0 --force
check "the databases come back" retry 120 k wait --for=condition=Ready shardpool/data --timeout=5s
sleep 5
calls_end
check "calls were served meanwhile" all_answered
check "and each is in the ledger once" retry 60 exactly "$ACME" $((before + $(answered)))
before=$(used "$ACME")
calls
check "a replica is killed with -9 under load" k delete pod edge-gateway-0 --grace-period=0 --force
check "the replica comes back" retry 120 replicas 2
calls_end
check "and no answered call is missing, none twice" retry 60 within "$ACME" $((before + $(answered))) $((before + $(sent)))
calls
check "the pool grows by itself under load" retry 240 replicas 3
calls_end
check "two operators" helm upgrade tollgate helm/tollgate -n $NS --reuse-values --set operator.replicas=2 --wait --timeout 3m
leader=$(leader)
check "one of them works, and tells of its resources" retry 30 measured
check "the leading operator is killed" k delete pod "$leader" --grace-period=0 --force
check "the other one leads" retry 20 new_leader "$leader"
check "and makes a tenant" k apply -f - <<'YAML'
apiVersion: tollgate.dev/v1alpha1
kind: Tenant
metadata: {name: late}
spec: {displayName: Late, plan: pro}
YAML
check "who is Ready" k wait --for=condition=Ready tenant/late --timeout=90s
if [ "$CURRENT" != --current ]; then
  api=$(pgrep -f 'kube-apiserver --etcd' | head -1)
  calls
  kill -STOP "$api"; sleep 60; kill -CONT "$api"
  calls_end
  check "calls go on while the API server stands still for a minute" all_answered
  retry 60 k get nodes >/dev/null
fi
check "a tenant with reclaim: Delete goes" k delete tenant globex --timeout=90s
check "its data is removed" bash -c '! kubectl -n "$1" get events -o name --field-selector reason=DataKept | grep -q .' _ $NS
check "and its key is refused" retry 15 bash -c '[ "$(curl -s -m 5 -o /dev/null -w "%{http_code}" -H "Authorization: Bearer $1" "$2")" = 401 ]' _ "$GLOBEX" "$(edge /v1/files/hello.txt)"
check "the production pool goes" k delete -f samples/production --ignore-not-found --timeout=120s
check "tenant deleted" k delete tenant demo --timeout=60s
check "its key is refused" retry 15 gives 401 "$KEY"
check "helm uninstall ends within 60 s" timeout 60 helm uninstall tollgate -n $NS --wait

# pods as a user that no image knows, as clusters assign them
NS=own
check "an install whose pods run as another user" platform --set podUser=1000680000
check "its tenant is Ready" k wait --for=condition=Ready tenant/demo --timeout=180s
check "its databases, gateways and model server are applied" k apply -f samples/production -f e2e-tests/model.yaml
check "the databases and the gateways answer" k wait --for=condition=Ready shardpool/data gatewaypool/edge --timeout=240s
check "the model server does" k wait --for=condition=Ready modelserver/llm --timeout=300s
check "all of them as that user" others
check "and they go, too" gone
