#!/bin/sh
# Runs a command against a real API server: etcd and kube-apiserver on loopback, no kubelet, no
# controllers, gone when the command ends. The command finds KUBECONFIG (context admin: everything;
# context runner: the rights of configs/kubernetes/rbac.yaml; context nobody: none).
# Usage: KUBE_APISERVER=/tmp/kube-apiserver run.sh COMMAND ...     (also needs etcd and kubectl)
set -eu
here=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d)
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
etcd_port=$(free_port)
peer_port=$(free_port)
api_port=$(free_port)
etcd_pid=
api_pid=
stop() {
    [ -z "$api_pid" ] || kill "$api_pid" 2>/dev/null || true
    [ -z "$etcd_pid" ] || kill "$etcd_pid" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM
openssl genrsa -out "$work/sa.key" 2048 2>/dev/null
for user in admin runner nobody; do
    group=""
    [ "$user" != admin ] || group=',"system:masters"'
    echo "$user-token-$(openssl rand -hex 8),$user,$user$group" >> "$work/tokens"
done
etcd --data-dir "$work/etcd" --listen-client-urls "http://127.0.0.1:$etcd_port" \
    --advertise-client-urls "http://127.0.0.1:$etcd_port" \
    --listen-peer-urls "http://127.0.0.1:$peer_port" \
    --initial-advertise-peer-urls "http://127.0.0.1:$peer_port" \
    --initial-cluster "default=http://127.0.0.1:$peer_port" > "$work/etcd.log" 2>&1 &
etcd_pid=$!
"$KUBE_APISERVER" --etcd-servers "http://127.0.0.1:$etcd_port" --secure-port "$api_port" \
    --bind-address 127.0.0.1 --cert-dir "$work/certs" --token-auth-file "$work/tokens" \
    --authorization-mode RBAC --disable-admission-plugins ServiceAccount \
    --service-cluster-ip-range 10.0.0.0/24 --service-account-issuer https://localhost \
    --service-account-key-file "$work/sa.key" --service-account-signing-key-file "$work/sa.key" \
    > "$work/apiserver.log" 2>&1 &
api_pid=$!
export KUBECONFIG="$work/kubeconfig"
kubectl config set-cluster real --server "https://127.0.0.1:$api_port" \
    --insecure-skip-tls-verify=true > /dev/null
for user in admin runner nobody; do
    kubectl config set-credentials "$user" --token "$(grep "^$user-" "$work/tokens" | cut -d, -f1)" > /dev/null
    kubectl config set-context "$user" --cluster real --user "$user" > /dev/null
done
kubectl config use-context admin > /dev/null
tries=0
until kubectl get --raw /readyz > /dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 120 ]; then
        tail -20 "$work/etcd.log" "$work/apiserver.log" >&2
        exit 1
    fi
    sleep 0.5
done
kubectl apply -f "$here/configs/kubernetes/rbac.yaml" > /dev/null
kubectl create clusterrolebinding runner --clusterrole kube-node-progress --user runner > /dev/null
"$@"
