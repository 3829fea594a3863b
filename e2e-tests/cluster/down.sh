#!/bin/bash
# Ends what up.sh started: containers first, then its processes, by their ids.   down.sh [--wipe]
HERE=$(cd "$(dirname "$0")" && pwd); . "$HERE/common.sh"
[ -d "$R" ] || exit 0
cd "$R" || exit 1
end() { # waits until it is gone, so that its port is free again
  [ -f "pid/$1" ] || return; local p; p=$(cat "pid/$1"); rm -f "pid/$1"; kill "$p" 2>/dev/null || return
  for _ in $(seq 100); do kill -0 "$p" 2>/dev/null || return; sleep 0.2; done; kill -9 "$p"
}
for n in local-path metrics-server kubelet proxy coredns scheduler kcm; do end $n; done
c="ctr -a $R/containerd/c.sock -n k8s.io"
for t in $($c tasks ls -q 2>/dev/null); do $c tasks kill -s 9 "$t" >/dev/null 2>&1; $c tasks delete -f "$t" >/dev/null 2>&1; done
for x in $($c containers ls -q 2>/dev/null); do $c containers delete "$x" >/dev/null 2>&1; done
for n in apiserver etcd containerd; do end $n; done
grep -o " $R/[^ ]*" /proc/mounts | tac | while read -r m; do umount -l "$m" 2>/dev/null; done
[ "${1:-}" = --wipe ] && rm -rf etcd cni kubelet containerd log pid volumes
ip link del cni0 2>/dev/null; true
