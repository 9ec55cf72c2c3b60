#!/bin/sh
# Heap a session, broadcast latency and throughput of the component's writer on three web servers.
# Usage: mvn -q compile && src/test/web-servers/run.sh [sockets]
set -eu
cd "$(dirname "$0")"
sockets="${1:-3000}"
ulimit -n "$(ulimit -Hn)"
jar cf ../../../target/websocket-classes.jar -C ../../../target/classes org/kubenode/progress/websocket
mvn -q package
for server in jetty jetty-bytes tomcat undertow; do
  port=$((20000 + $$ % 20000))
  java -Xms512m -Xmx512m -XX:+UseSerialGC -cp "target/classes:target/dependency/*" \
    org.kubenode.progress.websocket.BenchServer "$server" "$port" "$sockets" > "target/$server.out" 2>&1 &
  pid=$!
  until grep -q ready "target/$server.out"; do sleep 0.2; kill -0 "$pid"; done
  echo "== $server"
  timeout 100 java -Xmx256m -XX:+UseSerialGC -cp target/classes org.kubenode.progress.websocket.BenchClient "$port" "$sockets" || true
  kill "$pid" 2>/dev/null || true
  wait "$pid" || true
  grep heap "target/$server.out" || tail -5 "target/$server.out"
done
