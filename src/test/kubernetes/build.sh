#!/bin/sh
# Builds a control plane and kubectl from the Go module proxy, without a clone: k8s.io/kubernetes
# replaces its staging modules by folders, which a dependency cannot; here they are pinned to the
# published ones. Takes half an hour on two cores and 4 GB; GOFLAGS=-p=1 nice -n 19 makes it modest.
# Usage: build.sh VERSION FOLDER       for example: build.sh 1.37.2 /tmp/kubernetes
set -eu
version=$1
mkdir -p "$2"
output=$(realpath "$2")
staging=$(echo "$version" | sed 's/^1\./0./')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
source=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
{
    echo 'module local/kubernetes'
    grep -E '^(go|godebug) ' "$source/go.mod"
    echo "require k8s.io/kubernetes v$version"
    # The versions that Kubernetes itself was built with.
    sed -n '/^require (/,/^)/p' "$source/go.mod" | grep -vE ' v0\.0\.0( |$)'
    echo 'replace ('
    sed -nE "s#^[[:space:]]*(k8s\.io/[^ ]+) => \./staging.*#\t\1 => \1 v$staging#p" "$source/go.mod"
    echo ')'
} > go.mod
cp "$source/go.sum" .
stamp=k8s.io/component-base/version
minor=$(echo "$version" | cut -d. -f2)
for program in kube-apiserver kubectl kube-scheduler kube-controller-manager; do
    go build -mod=mod -trimpath \
        -ldflags "-s -w -X $stamp.gitVersion=v$version -X $stamp.gitMajor=1 -X $stamp.gitMinor=$minor" \
        -o "$output/$program" "k8s.io/kubernetes/cmd/$program"
    echo "$output/$program"
done
