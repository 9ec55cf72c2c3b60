#!/bin/sh
# Autobahn|Testsuite (https://github.com/crossbario/autobahn-testsuite) against the component's WebSocket.
# Usage: src/test/conformance/run.sh [cases, such as '"6.*"']
# Needs Python 2.7 with virtualenv, for which the suite was written: PYTHON=python2.7. The report: target/conformance.
set -eu
cd "$(dirname "$0")/../../.."
cases="${1:-\"*\"}"
out=target/conformance
mkdir -p "$out"
if [ ! -x "$out/python/bin/wstest" ]; then
  "${PYTHON:-python2.7}" -m virtualenv -q "$out/python"
  "$out/python/bin/pip" install -q autobahntestsuite==25.10.1
fi
mvn -q -B test-compile dependency:build-classpath -Dspotless.check.skip -Dmdep.outputFile="$out/classpath" -Dmdep.includeScope=test
port=$((20000 + $$ % 20000))
java -Xmx512m -XX:+UseSerialGC -cp "target/test-classes:target/classes:$(cat "$out/classpath")" \
  org.kubenode.progress.websocket.EchoServer "$port" > "$out/server.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
until grep -q '^ready' "$out/server.log"; do sleep 0.2; kill -0 "$server"; done
# 1.2 and the even ones of 9.1 to 9.8 echo binary messages, which the component refuses with 1003 as its contract says;
# 12 and 13 are of permessage-deflate, which is not negotiated.
cat > "$out/spec.json" <<END
{
  "outdir": "$out/report",
  "servers": [{"agent": "kube-node-progress", "url": "ws://127.0.0.1:$port/conformance"}],
  "cases": [$cases],
  "exclude-cases": ["1.2.*", "9.2.*", "9.4.*", "9.6.*", "9.8.*", "12.*", "13.*"],
  "exclude-agent-cases": {}
}
END
"$out/python/bin/wstest" -m fuzzingclient -s "$out/spec.json" > "$out/client.log" 2>&1 || { tail -20 "$out/client.log"; exit 1; }
"$out/python/bin/python" - "$out/report/index.json" <<'END'
import json, sys
cases = json.load(open(sys.argv[1]))["kube-node-progress"]
for what in ("behavior", "behaviorClose"):
    count = {}
    for case in cases.values():
        count[case[what]] = count.get(case[what], 0) + 1
    print("%-14s %s" % (what, ", ".join("%s %d" % (k, count[k]) for k in sorted(count))))
bad = {k: (v["behavior"], v["behaviorClose"]) for k, v in cases.items()
       if v["behavior"] not in ("OK", "INFORMATIONAL") or v["behaviorClose"] not in ("OK", "INFORMATIONAL")}
for k in sorted(bad, key=lambda k: [int(n) for n in k.split(".")]):
    print("%-8s %s, close %s" % ((k,) + bad[k]))
sys.exit(1 if any("FAILED" in v for v in bad.values()) else 0)
END
