#!/bin/bash
# Called by up.sh: volumes for claims (local-path-provisioner) and resource metrics for the HPA (metrics-server), both beside the cluster.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd); . "$HERE/common.sh"; cd "$R"; export KUBECONFIG=$R/admin.conf
paths='{"nodePathMap":[{"node":"DEFAULT_PATH_FOR_NON_LISTED_NODES","paths":["'$R'/volumes"]}]}'; echo "$paths" >local-path.json
"$B/kubectl" apply -f - >/dev/null <<X
apiVersion: v1
kind: Namespace
metadata: {name: local-path-storage}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: local-path-provisioner-service-account, namespace: local-path-storage}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: local-path-config, namespace: local-path-storage}
data:
  config.json: '$paths'
  setup: |
    #!/bin/sh
    busybox mkdir -m 0777 -p "\$VOL_DIR"
  teardown: |
    #!/bin/sh
    busybox rm -rf "\$VOL_DIR"
  helperPod.yaml: |
    apiVersion: v1
    kind: Pod
    metadata: {name: helper-pod}
    spec: {containers: [{name: helper-pod, image: "docker.io/local/busybox:1", imagePullPolicy: IfNotPresent}]}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: standard, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: local-path
volumeBindingMode: WaitForFirstConsumer
reclaimPolicy: Delete
---
apiVersion: v1
kind: Service
metadata: {name: metrics-server, namespace: kube-system}
spec: {ports: [{port: 443, targetPort: 10443}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: metrics-server, namespace: kube-system, labels: {kubernetes.io/service-name: metrics-server}}
addressType: IPv4
ports: [{port: 10443}]
endpoints: [{addresses: [$IP]}]
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec:
  group: metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  service: {name: metrics-server, namespace: kube-system}
  caBundle: $(base64 -w0 pki/ca.crt)
X
start local-path "$B/local-path-provisioner" start --kubeconfig "$R/admin.conf" --config "$R/local-path.json" --provisioner-name local-path \
  --namespace local-path-storage --configmap-name local-path-config --service-account-name local-path-provisioner-service-account \
  --helper-image docker.io/local/busybox:1
start metrics-server "$B/metrics-server" --kubeconfig "$R/admin.conf" --authentication-kubeconfig "$R/admin.conf" \
  --authorization-kubeconfig "$R/admin.conf" --secure-port 10443 --tls-cert-file pki/metrics-server.crt --tls-private-key-file pki/metrics-server.key \
  --kubelet-preferred-address-types InternalIP --kubelet-certificate-authority "$R/pki/ca.crt" --kubelet-client-certificate "$R/pki/admin.crt" \
  --kubelet-client-key "$R/pki/admin.key" --metric-resolution 10s --kubelet-request-timeout 5s
