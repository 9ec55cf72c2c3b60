#!/usr/bin/env bash
# Micrometer's Prometheus registry takes total, info, created and bucket off a gauge's name; gauges that meet thereby are one.
. "$(dirname "$0")/lib.bash"
jars io.micrometer:micrometer-registry-prometheus:1.15.12 org.slf4j:slf4j-nop:2.0.17
seen=$(java_says <<'JAVA'
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.*;

class Finding {
    public static void main(String[] args) {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        Gauge.builder("nodes.total", () -> 5).register(registry);
        Gauge.builder("cluster.info", () -> 1).register(registry);
        Gauge.builder("cluster.created", () -> 2).register(registry);
        Gauge.builder("lag.count", () -> 3).register(registry);
        registry.scrape().lines().filter(line -> !line.startsWith("#")).forEach(line -> System.out.print(line + "; "));
    }
}
JAVA
)
verdict 'Micrometer 1.15.12, Prometheus: gauges nodes.total 5, cluster.info 1, cluster.created 2, lag.count 3' \
  'cluster_created 2.0; cluster_info 1.0; lag_count 3.0; nodes_total 5.0; ' \
  'cluster 2.0; lag_count 3.0; nodes 5.0; ' "$seen"
