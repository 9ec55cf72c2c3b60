#!/bin/sh
# Builds kube-apiserver from the Go module proxy, without a clone: k8s.io/kubernetes replaces its
# staging modules by folders, which a dependency cannot; here they are pinned to the published ones.
# Usage: build.sh VERSION OUTPUT       for example: build.sh 1.34.4 /tmp/kube-apiserver
set -eu
version=$1
output=$(realpath -m "$2")
staging=$(echo "$version" | sed 's/^1\./0./')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
source=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
{
    echo 'module local/kube-apiserver'
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
GOFLAGS=-mod=mod nice go build -p 1 -trimpath \
    -ldflags "-s -w -X $stamp.gitVersion=v$version -X $stamp.gitMajor=1 -X $stamp.gitMinor=$(echo "$version" | cut -d. -f2)" \
    -o "$output" k8s.io/kubernetes/cmd/kube-apiserver
echo "$output"
