#!/bin/bash
# Loads image tars into the cluster's containerd.   image/load.sh TAR...
set -euo pipefail
. "$(dirname "$0")/../cluster/common.sh"
[ $# -gt 0 ] || fail "usage: load.sh TAR..."
for t in "$@"; do [ -f "$t" ] || fail "no such image tar: $t"; ctr -a "$R/containerd/c.sock" -n k8s.io images import "$t"; done
