#!/bin/bash
# Builds a Kubernetes control plane, a node agent, CoreDNS and Helm from their published Go modules.
#   build.sh      binaries end in the cache's cluster/bin; what is there already is kept
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd); . "$HERE/common.sh"; DIR=$CACHE; K8S=${K8S:-v1.35.4}
all=yes
for b in kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl etcd coredns helm metrics-server local-path-provisioner; do
  [ -x "$B/$b" ] || all=no
done
[ $all = yes ] && exit 0
command -v go >/dev/null || fail "building needs Go 1.25 or newer (https://go.dev/dl)"
mkdir -p "$DIR/bin" "$DIR/module"; DIR=$(cd "$DIR" && pwd); cd "$DIR/module"
if [ ! -f go.mod ]; then
  src=$(go mod download -json "k8s.io/kubernetes@$K8S" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  { echo "module clusterbin"; echo; echo "go 1.25.0"; echo; echo "require k8s.io/kubernetes $K8S"; echo; echo "replace ("
    # the staging modules are published as v0.MINOR.PATCH
    sed -n "s#^\t\(k8s\.io/[^ ]*\) => \./staging.*#\t\1 => \1 v0.${K8S#v1.}#p" "$src/go.mod"; echo ")"; } > go.mod
  cat > tools.go <<'G'
//go:build tools

package clusterbin

import (
	_ "go.etcd.io/etcd/server/v3"
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
	_ "k8s.io/kubernetes/cmd/kube-proxy"
	_ "k8s.io/kubernetes/cmd/kube-scheduler"
	_ "k8s.io/kubernetes/cmd/kubectl"
	_ "k8s.io/kubernetes/cmd/kubelet"
)
G
  go mod tidy
fi
export CGO_ENABLED=0
v=k8s.io/component-base/version
LD="-s -w -X $v.gitVersion=$K8S -X $v.gitMajor=1 -X $v.gitMinor=$(echo "$K8S" | cut -d. -f2) -X $v.gitTreeState=clean"
p=(); for c in kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl; do p+=("k8s.io/kubernetes/cmd/$c"); done
go build -trimpath -ldflags "$LD" -o "$DIR/bin/" "${p[@]}"
go build -trimpath -ldflags "-s -w" -o "$DIR/bin/etcd" go.etcd.io/etcd/server/v3
GOBIN=$DIR/bin go install -trimpath -ldflags "-s -w" github.com/coredns/coredns@latest
GOBIN=$DIR/bin go install -trimpath -ldflags "-s -w" helm.sh/helm/v4/cmd/helm@v4.3.1
GOBIN=$DIR/bin go install -trimpath -ldflags "-s -w" sigs.k8s.io/metrics-server/cmd/metrics-server@v0.9.0
GOBIN=$DIR/bin go install -trimpath -ldflags "-s -w" github.com/rancher/local-path-provisioner@v0.0.30
ls "$DIR/bin"
