#!/bin/sh
# Kubernetes as it is: etcd, kube-apiserver, kube-controller-manager, kube-scheduler and a stand-in for the kubelets on
# loopback, the application beside kubectl of the same version. All of it is gone when this ends.
#
# Usage: run.sh [OPTION] [PART...]
#        run.sh --command COMMAND ...   with KUBECONFIG: contexts admin, runner (the application's rights), nobody
#
# scenarios     more than 60 operations by kubectl and by the application: end state, errors, requests (the default)
# cordon        1,000 nodes beside kubectl and xargs -P 10 kubectl
# drain         100 nodes with 20 pods each beside them, with budgets that allow
# drain-tight   the same with budgets that bind
# troubles      the API server frozen, restarted, slow, with too much to do
# owner         kill -9 of the owner in the middle of a drain of 50 nodes
# spent         what an eviction for an earlier pod takes from a budget
# roll, plan    a roll of 50 nodes; plans of 20 nodes beside what became of them
# race          taints of 40 nodes beside another writer
#
# --only NAME   one scenario · --nodes N of the part cordon · --rounds N of cordon and owner · --minutes N at most
# --out FILE    takes the tables as well
#
# Needs etcd (Debian: etcd-server), PostgreSQL with its server programs, Python 3.11, Java 17 and, the first time, Go and
# half an hour on two cores. KUBERNETES_VERSION is 1.37.2; what is built is kept in KUBERNETES_CACHE
# (~/.cache/kube-node-progress). PRODUCT_JAR is target/kube-node-progress.jar. KEEP_LOGS=1 keeps the folder of logs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
case "${1:-}" in
--help | -h)
    sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac
version=${KUBERNETES_VERSION:-1.37.2}
cache=${KUBERNETES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kube-node-progress}
for program in etcd openssl python3 java; do
    command -v "$program" > /dev/null || { echo "$program is not there, see $0 --help" >&2; exit 2; }
done
for program in kube-apiserver kube-controller-manager kube-scheduler kubectl; do
    if [ ! -x "$cache/$version/$program" ]; then
        echo "builds Kubernetes $version into $cache/$version"
        GOTOOLCHAIN=local GOFLAGS="${GOFLAGS:--p=2}" nice -n 19 "$here/build.sh" "$version" "$cache/$version"
        break
    fi
done
PRODUCT_JAR=${PRODUCT_JAR:-$root/target/kube-node-progress.jar}
if [ ! -e "$PRODUCT_JAR" ]; then
    echo "packages $PRODUCT_JAR"
    (cd "$root" && mvn -o -q -B -DskipTests package)
fi
export KUBERNETES_BUILT="$cache/$version" PRODUCT_JAR
export PATH="$KUBERNETES_BUILT:$PATH" PYTHONDONTWRITEBYTECODE=1
exec python3 "$here/main.py" "$@"
