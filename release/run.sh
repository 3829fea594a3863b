#!/bin/bash
# Publishes the images, as `tollgate images` makes them, and the charts: pushes them to a registry, signs each by its digest, attests of
# what parts each image is made, and prints the values with which exactly these are installed. Needs crane, cosign and helm.
#   tollgate release REGISTRY/PATH [--key FILE] [--private]
# --key FILE  signs with cosign's private key (its password in COSIGN_PASSWORD), or that of a key service such as awskms://…;
#             without it as who logs in at the browser, or as the CI job
# --private   does not tell Sigstore's public log; who verifies then says --insecure-ignore-tlog
set -euo pipefail
cd "$(dirname "$0")/.."
CACHE=${TOLLGATE_CACHE:-$HOME/.cache/tollgate}; PATH=$PATH:$CACHE/bin:$CACHE/cluster/bin
fail() { echo "release: $*" >&2; exit 2; }
help() { sed -n '2,7s/^# //p' release/run.sh; }
where='' key='' sign=(--yes)
while [ $# -gt 0 ]; do
  case $1 in
    -h|--help) help; exit ;;
    --key) key=${2:-}; [ -n "$key" ] || fail "--key needs a file, or a key service such as awskms://…"; shift ;;
    --private) sign+=(--tlog-upload=false) ;;
    -*) fail "unknown option $1; see --help" ;;
    *) [ -z "$where" ] || fail "one registry, not also $1"; where=${1%/} ;;
  esac
  shift
done
[ -n "$where" ] || { help >&2; exit 2; }
for tool in crane cosign helm; do command -v $tool >/dev/null || fail "no $tool on the PATH; docs/releases.md says where it is had"; done
version=$(sed -n 's/^appVersion: *"\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' helm/tollgate/Chart.yaml)
case $key in
  ''|*://*) ;;
  *) [ -r "$key" ] || fail "no key $key that can be read; make one with: cosign generate-key-pair"
    [ -n "${COSIGN_PASSWORD+set}" ] || [ -t 0 ] || fail "set COSIGN_PASSWORD to the password of $key" ;;
esac
[ -z "$key" ] || sign+=(--key "$key")
log=$(mktemp); trap 'rm -rf "$log" "$log.d"' EXIT; mkdir "$log.d"
try() { "$@" >"$log" 2>&1 || { tail -n 5 "$log" >&2; fail "$1 $2 failed, see above"; }; }

# before anything is pushed: the key opens, and the registry answers and knows who calls; what is not there yet is no error
[ -z "$key" ] || cosign public-key --key "$key" >"$log" 2>&1 || fail "the key $key does not open: $(tail -n 1 "$log" | cut -c1-200)"
if ! crane ls "$where/runtime" >"$log" 2>&1 && ! grep -qE 'NAME_UNKNOWN|404 Not Found' "$log"; then
  ! grep -qE 'UNAUTHORIZED|DENIED|401|403' "$log" || fail "${where%%/*} wants a login that may write there; use: crane auth login ${where%%/*}"
  fail "${where%%/*} does not answer as a registry: $(tail -n 1 "$log" | cut -c1-200)"
fi

values='image:'
cp -R helm/tollgate helm/tollgate-crds "$log.d"
for image in runtime:runtime/app/target operator:operator/target; do
  name=${image%%:*} target=${image#*:}
  [ -f "$target/$name.tar" ] && [ -f "$target/sbom.cdx.json" ] || fail "there is no $target/$name.tar with its sbom.cdx.json; run ./tollgate images first"
  try crane push "$target/$name.tar" "$where/$name:$version"
  digest=$(crane digest "$where/$name:$version")
  try cosign sign "${sign[@]}" "$where/$name@$digest"
  try cosign attest "${sign[@]}" --replace --type cyclonedx --predicate "$target/sbom.cdx.json" "$where/$name@$digest"
  echo "pushed and signed $where/$name@$digest" >&2
  at="repository: $where/$name, tag: \"$version\", digest: \"$digest\""
  values+=$(printf '\n  %s: {%s}' "$name" "$at")
  # the published chart installs them as it is
  sed -i "s#^  $name: {repository: [^,]*, tag: [^,]*,#  $name: {$at,#" "$log.d/tollgate/values.yaml"
  grep -q "$digest" "$log.d/tollgate/values.yaml" || fail "helm/tollgate/values.yaml has no line for image.$name"
done
# with the same times each time, so that the same chart has the same digest
find "$log.d" -exec env TZ=UTC touch -t 202601010000 {} +
for chart in tollgate-crds tollgate; do
  try helm package "$log.d/$chart" --destination "$log.d"
  archive=$(echo "$log.d/$chart"-[0-9]*.tgz); TZ=UTC touch -t 202601010000 "$archive"
  plain=(); case $where in localhost:*|127.0.0.1:*) plain=(--plain-http) ;; esac
  try helm push "$archive" "oci://$where/charts" "${plain[@]}"
  digest=$(sed -n 's/^Digest: //p' "$log")
  try cosign sign "${sign[@]}" "$where/charts/$chart@$digest"
  echo "pushed and signed $where/charts/$chart@$digest" >&2
done
echo "$values"
