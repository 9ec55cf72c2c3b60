#!/usr/bin/env bash
# The description of the API (OpenAPI 3.1), outside CI: three validators, a generated client in Python and in TypeScript that
# start a batch, follow it and read its errors, and schemathesis against a replica in memory. Needs Python 3.10, Node 20 and the
# packages of both registries; KNP says how a replica is started (default: the jar of mvn package), OUT where all is put.
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=$PWD/src/test/openapi
out=${OUT:-$PWD/target/openapi}
knp=${KNP:-java -jar target/kube-node-progress.jar}
port=${PORT:-18089}
mkdir -p "$out"

[ -x "$out/venv/bin/schemathesis" ] || {
  python3 -m venv "$out/venv"
  "$out/venv/bin/pip" -q install -r "$here/requirements.txt"
}
cp "$here/package.json" "$here/follow.ts" "$out/"
(cd "$out" && npm install --no-audit --no-fund --silent)

export PATH=$out/venv/bin:$PATH
export JWT_SECRET=for-these-checks-only-0123456789abcdef
token=$($knp --token user=openapi role=admin)
$knp --server.port="$port" --progress.enable_database=false --logging.file.name= \
  --clusters[0].name=test --clusters[0].type=simulated --clusters[0].nodes=100 --clusters[0].failing_nodes=node-7 \
  >"$out/replica.log" 2>&1 &
replica=$!
trap 'kill $replica' EXIT
url=http://127.0.0.1:$port
for _ in $(seq 300); do
  curl -fs "$url/actuator/health/readiness" >/dev/null && break
  kill -0 $replica
  sleep 1
done
curl -fs "$url/api/v1/openapi.json" >"$out/openapi.json"

echo '== validators'
"$out/venv/bin/openapi-spec-validator" "$out/openapi.json"
(cd "$out" && npx redocly lint --skip-rule operation-2xx-response openapi.json)
(cd "$out" && node --input-type=module -e 'import parser from "@apidevtools/swagger-parser"; parser.validate("openapi.json").then(() => console.log("swagger-parser: OK"))')

echo '== client in Python'
rm -rf "$out/knp_client"
"$out/venv/bin/openapi-python-client" generate --path "$out/openapi.json" --output-path "$out/knp_client" --meta none
PYTHONPATH=$out "$out/venv/bin/python" "$here/follow.py" "$url" "$token"

echo '== client in TypeScript'
(cd "$out" && npx openapi-typescript openapi.json -o api.d.ts && npx tsc --strict --target es2022 --module nodenext --skipLibCheck follow.ts &&
  node follow.js "$url" "$token")

echo '== schemathesis'
cd "$out"
"$out/venv/bin/schemathesis" --config-file "$here/schemathesis.toml" run "$out/openapi.json" --url "$url" -H "Authorization: Bearer $token" \
  --exclude-path /api/v1/progress/ws --exclude-path /api/v1/progress/stream \
  --max-examples "${EXAMPLES:-30}" --seed 24 --request-timeout 20
