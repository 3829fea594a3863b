#!/bin/bash
# Builds what a release needs, crane and cosign, from their published Go modules into the cache's bin/; what is there already is kept.
set -euo pipefail
bin=${TOLLGATE_CACHE:-$HOME/.cache/tollgate}/bin; mkdir -p "$bin"
export CGO_ENABLED=0 GOBIN=$bin
[ -x "$bin/crane" ] || go install -trimpath -ldflags "-s -w" github.com/google/go-containerregistry/cmd/crane@v0.22.1
[ -x "$bin/cosign" ] || go install -trimpath -ldflags "-s -w" github.com/sigstore/cosign/v2/cmd/cosign@v2.6.5
