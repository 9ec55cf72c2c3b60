#!/usr/bin/env bash
# A promtool test without an interval puts all its samples at time 0, whatever evaluation_interval says: only the first is seen.
. "$(dirname "$0")/lib.bash"
command -v promtool > /dev/null || { echo 'needs promtool (apt-get install prometheus)' >&2; exit 2; }
seen=
for interval in '' 'interval: 30s'; do
  printf 'evaluation_interval: 30s\ntests:\n  - name: x\n    %s\n    %s\n    %s\n      - %s\n' "$interval" \
    "input_series: [{series: x, values: '0 1 2 3 4 5 6 7 8'}]" 'promql_expr_test:' \
    '{expr: x, eval_time: 2m, exp_samples: [{labels: x, value: -1}]}' > test.yml
  got=$({ promtool test rules test.yml 2>&1 || true; } | sed -nE 's/^ *got: .* ([0-9])E\+00$/\1/p')
  seen+="${interval:-without}: $got; "
done
verdict "$(promtool --version 2>&1 | head -1 | cut -d' ' -f1-3): the sample at 2m of 0 1 2 3 4 5 6 7 8, evaluation_interval 30s" \
  'without: 4; interval: 30s: 4; ' 'without: 0; interval: 30s: 4; ' "$seen"
