#!/bin/bash
# Publishes the images, as `tollgate images` makes them, and the charts: pushes them to a registry, signs each by its digest, attests of
# what parts each image is made, and prints the values with which exactly these are installed. Needs crane, cosign and helm.
#   tollgate release REGISTRY/PATH [--key FILE] [--private]
# --key FILE  signs with cosign's private key (its password in COSIGN_PASSWORD); without it as who logs in at the browser, or as the CI job
# --private   does not tell Sigstore's public log; who verifies then says --insecure-ignore-tlog
set -euo pipefail
cd "$(dirname "$0")/.."
CACHE=${TOLLGATE_CACHE:-$HOME/.cache/tollgate}; PATH=$PATH:$CACHE/bin:$CACHE/cluster/bin
fail() { echo "release: $*" >&2; exit 2; }
help() { sed -n '2,6s/^# //p' release/run.sh; }
where='' sign=(--yes)
while [ $# -gt 0 ]; do
  case $1 in
    -h|--help) help; exit ;;
    --key) [ -r "${2:-}" ] || fail "--key: no file '${2:-}' that can be read"; sign+=(--key "$2"); shift ;;
    --private) sign+=(--tlog-upload=false) ;;
    -*) fail "unknown option $1; see --help" ;;
    *) [ -z "$where" ] || fail "one registry, not also $1"; where=${1%/} ;;
  esac
  shift
done
[ -n "$where" ] || { help >&2; exit 2; }
for tool in crane cosign helm; do command -v $tool >/dev/null || fail "no $tool on the PATH; docs/releases.md says where it is had"; done
version=$(sed -n 's/^appVersion: *"\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' helm/tollgate/Chart.yaml)
log=$(mktemp); trap 'rm -rf "$log" "$log.d"' EXIT; mkdir "$log.d"
try() { "$@" >"$log" 2>&1 || { tail -n 5 "$log" >&2; fail "$1 $2 failed, see above"; }; }

values='image:'
for image in runtime:runtime/app/target operator:operator/target; do
  name=${image%%:*} target=${image#*:}
  [ -f "$target/$name.tar" ] && [ -f "$target/sbom.cdx.json" ] || fail "there is no $target/$name.tar with its sbom.cdx.json; run ./tollgate images first"
  try crane push "$target/$name.tar" "$where/$name:$version"
  digest=$(crane digest "$where/$name:$version")
  try cosign sign "${sign[@]}" "$where/$name@$digest"
  try cosign attest "${sign[@]}" --type cyclonedx --predicate "$target/sbom.cdx.json" "$where/$name@$digest"
  echo "pushed and signed $where/$name@$digest" >&2
  values+=$(printf '\n  %s: {repository: %s, tag: "%s", digest: "%s"}' "$name" "$where/$name" "$version" "$digest")
done
for chart in tollgate-crds tollgate; do
  try helm package "helm/$chart" --destination "$log.d"
  plain=(); case $where in localhost:*|127.0.0.1:*) plain=(--plain-http) ;; esac
  try helm push "$log.d/$chart"-[0-9]*.tgz "oci://$where/charts" "${plain[@]}"
  digest=$(sed -n 's/^Digest: //p' "$log")
  try cosign sign "${sign[@]}" "$where/charts/$chart@$digest"
  echo "pushed and signed $where/charts/$chart@$digest" >&2
done
echo "$values"
