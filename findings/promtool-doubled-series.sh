#!/usr/bin/env bash
# promtool takes a series that a test gives twice without a word, and the later one counts.
. "$(dirname "$0")/lib.bash"
command -v promtool > /dev/null || { echo 'needs promtool (apt-get install prometheus)' >&2; exit 2; }
cat > test.yml <<'TEST'
evaluation_interval: 30s
tests:
  - interval: 30s
    input_series:
      - {series: x, values: '0x9'}
      - {series: x, values: '7x9'}
    promql_expr_test:
      - {expr: x, eval_time: 2m, exp_samples: [{labels: x, value: 7}]}
TEST
seen=$(promtool test rules test.yml 2>&1 | grep -qx ' *SUCCESS' && echo 'the test passes with 7' || echo 'another outcome')
verdict "$(promtool --version 2>&1 | head -1 | cut -d' ' -f1-3): a test gives the series x as 0s and again as 7s" \
  'an error that names the series' 'the test passes with 7' "$seen"
