#!/bin/bash
# Brings up a one-node Kubernetes cluster (as root, from the binaries of build.sh) and prints its KUBECONFIG.
#   up.sh              the whole node: control plane, container engine, DNS, volumes, metrics
#   up.sh --api-only   etcd and kube-apiserver alone, for integration tests
# Running it again starts only what does not run. State: $TOLLGATE_CLUSTER_STATE, else the cache's cluster/state.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd); . "$HERE/common.sh"
case "${1:-}" in ""|--api-only) MODE=${1:-} ;; *) fail "unknown option $1; usage: up.sh [--api-only]" ;; esac
[ "$(id -u)" = 0 ] || fail "needs root, for the bridge and the container engine"
for b in etcd kube-apiserver kubectl; do [ -x "$B/$b" ] || fail "$B/$b is missing; run $HERE/build.sh"; done
mkdir -p "$R"/{pki,log,etcd,kubelet,containerd,cni,pid}; cd "$R"
# the bridge exists before the first pod, so that the API server has an address pods reach
ip link show cni0 >/dev/null 2>&1 || { ip link add cni0 type bridge; ip addr add $IP/24 dev cni0; ip link set cni0 up; }
sysctl -qw net.ipv4.ip_forward=1
# a Service address that kube-proxy has not programmed yet must die on the bridge, not leave the machine by the default route
ip route replace 10.96.0.0/16 dev cni0
if [ ! -f pki/ca.crt ]; then
  openssl req -x509 -newkey rsa:2048 -nodes -days 365 -keyout pki/ca.key -out pki/ca.crt -subj /CN=ca 2>/dev/null
  cert() { # name subject altnames
    openssl req -newkey rsa:2048 -nodes -keyout "pki/$1.key" -out "pki/$1.csr" -subj "$2" 2>/dev/null
    openssl x509 -req -in "pki/$1.csr" -CA pki/ca.crt -CAkey pki/ca.key -CAcreateserial -days 365 -out "pki/$1.crt" \
      -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth' "$3") 2>/dev/null; }
  cert apiserver /CN=kube-apiserver "IP:127.0.0.1,IP:$IP,IP:10.96.0.1,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:localhost"
  cert admin /O=system:masters/CN=admin DNS:admin
  cert kcm /CN=system:kube-controller-manager DNS:kcm
  cert scheduler /CN=system:kube-scheduler DNS:scheduler
  cert node /O=system:nodes/CN=system:node:node1 "DNS:node1,IP:$IP"
  cert proxy /CN=system:kube-proxy DNS:proxy
  cert front-proxy /CN=front-proxy DNS:front-proxy
  cert metrics-server /CN=metrics-server DNS:metrics-server.kube-system.svc
  openssl genrsa -out pki/sa.key 2048 2>/dev/null
  for u in admin kcm scheduler node proxy; do
    k="$B/kubectl config --kubeconfig=$u.conf"
    $k set-cluster c --server=https://$IP:6443 --certificate-authority="$R/pki/ca.crt" >/dev/null
    $k set-credentials $u --client-certificate="$R/pki/$u.crt" --client-key="$R/pki/$u.key" >/dev/null
    $k set-context x --cluster=c --user=$u >/dev/null; $k use-context x >/dev/null
  done
fi
start etcd "$B/etcd" --data-dir "$R/etcd" --unsafe-no-fsync --listen-client-urls http://127.0.0.1:2379 \
  --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380
start apiserver "$B/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --advertise-address=$IP --secure-port=6443 \
  --service-cluster-ip-range=10.96.0.0/16 --service-account-issuer=https://kubernetes.default.svc \
  --service-account-key-file="$R/pki/sa.key" --service-account-signing-key-file="$R/pki/sa.key" \
  --authorization-mode=Node,RBAC --client-ca-file="$R/pki/ca.crt" --tls-cert-file="$R/pki/apiserver.crt" \
  --tls-private-key-file="$R/pki/apiserver.key" --kubelet-client-certificate="$R/pki/admin.crt" \
  --kubelet-client-key="$R/pki/admin.key" --kubelet-preferred-address-types=InternalIP --allow-privileged=true \
  --requestheader-client-ca-file="$R/pki/ca.crt" --requestheader-allowed-names=front-proxy --requestheader-username-headers=X-Remote-User \
  --requestheader-group-headers=X-Remote-Group --requestheader-extra-headers-prefix=X-Remote-Extra- \
  --proxy-client-cert-file="$R/pki/front-proxy.crt" --proxy-client-key-file="$R/pki/front-proxy.key"
export KUBECONFIG=$R/admin.conf
await 90 apiserver "API server ready" "$B/kubectl" get --raw=/readyz
if [ "$MODE" = --api-only ]; then echo "KUBECONFIG=$KUBECONFIG"; exit 0; fi
start kcm "$B/kube-controller-manager" --kubeconfig=kcm.conf --service-account-private-key-file="$R/pki/sa.key" \
  --root-ca-file="$R/pki/ca.crt" --use-service-account-credentials=true --leader-elect=false --allocate-node-cidrs=false
start scheduler "$B/kube-scheduler" --kubeconfig=scheduler.conf --leader-elect=false
cat >cni/10-bridge.conflist <<X
{"cniVersion":"0.4.0","name":"br","plugins":[{"type":"bridge","bridge":"cni0","isGateway":true,"ipMasq":true,"hairpinMode":true,
"ipam":{"type":"host-local","ranges":[[{"subnet":"10.244.0.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}]}},{"type":"portmap","capabilities":{"portMappings":true}}]}
X
cat >containerd.toml <<X
version = 2
root = "$R/containerd/root"
state = "$R/containerd/state"
[grpc]
  address = "$R/containerd/c.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/local/pause:1"
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$R/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
X
start containerd containerd -c containerd.toml
if [ ! -f busybox.tar ]; then
  mkdir -p rootfs/bin rootfs/tmp rootfs/etc && cp /bin/busybox rootfs/bin/
  for a in sh ls cat sleep wget nslookup id; do ln -sf busybox rootfs/bin/$a; done
  python3 "$HERE/image.py" pause.tar docker.io/local/pause:1 '["/bin/sleep","2147483647"]' rootfs
  python3 "$HERE/image.py" busybox.tar docker.io/local/busybox:1 '["/bin/sh"]' rootfs
fi
await 30 containerd "containerd answers" ctr -a containerd/c.sock version
for t in pause busybox; do ctr -a containerd/c.sock -n k8s.io images import $t.tar >/dev/null; done
echo "nameserver 127.0.0.1" >resolv.conf
cat >kubelet.yaml <<X
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
failSwapOn: false
cgroupDriver: cgroupfs
containerRuntimeEndpoint: unix://$R/containerd/c.sock
authentication: {anonymous: {enabled: false}, webhook: {enabled: false}, x509: {clientCAFile: $R/pki/ca.crt}}
authorization: {mode: AlwaysAllow}
clusterDNS: [$IP]
clusterDomain: cluster.local
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
imageGCHighThresholdPercent: 100
tlsCertFile: $R/pki/node.crt
tlsPrivateKeyFile: $R/pki/node.key
address: $IP
resolvConf: $R/resolv.conf
X
start kubelet "$B/kubelet" --config=kubelet.yaml --kubeconfig=node.conf --hostname-override=node1 --node-ip=$IP --root-dir="$R/kubelet"
cat >proxy.yaml <<X
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
clientConnection: {kubeconfig: $R/proxy.conf}
clusterCIDR: 10.244.0.0/24
hostnameOverride: node1
conntrack: {maxPerCore: 0, min: 0}
X
start proxy "$B/kube-proxy" --config=proxy.yaml
cat >Corefile <<X
.:53 {
  bind $IP
  kubernetes cluster.local {
    kubeconfig $R/admin.conf
  }
  errors
}
X
start coredns "$B/coredns" -conf Corefile
await 30 kubelet "node1 registered" "$B/kubectl" get node node1
await 90 kubelet "node1 Ready" "$B/kubectl" wait --for=condition=Ready node/node1 --timeout=1s
"$HERE/addons.sh" "$R"
echo "KUBECONFIG=$KUBECONFIG"
