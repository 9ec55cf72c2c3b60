#!/usr/bin/env bash
# fabric8's requestTimeout ends with the answer's headers: a body that stalls is waited for.
. "$(dirname "$0")/lib.bash"
jars io.fabric8:kubernetes-client:7.4.0
seen=$(java_says <<'JAVA'
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.*;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

class Finding {
    public static void main(String[] args) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", exchange -> {
            boolean late = exchange.getRequestURI().getPath().endsWith("/late");
            try {
                if (late) Thread.sleep(12_000);
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().write("{\"kind\":\"Node\",".getBytes());
                exchange.getResponseBody().flush();
                if (!late) Thread.sleep(12_000);
                exchange.getResponseBody().write("\"metadata\":{\"name\":\"n\"}}".getBytes());
                exchange.close();
            } catch (Exception clientLeft) {
            }
        });
        server.start();
        Config config = new ConfigBuilder(Config.empty()).withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
            .withRequestTimeout(4000).withRequestRetryBackoffLimit(0).build();
        try (KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build()) {
            for (String node : new String[] {"late", "stalls"}) {
                String outcome;
                try {
                    outcome = "read " + client.nodes().withName(node).get().getMetadata().getName();
                } catch (KubernetesClientException e) {
                    outcome = "timed out";
                }
                System.out.print(node + ": " + outcome + "; ");
            }
        }
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }
}
JAVA
)
verdict 'fabric8 kubernetes-client 7.4.0, requestTimeout 4 s: headers after 12 s; headers at once and the body after 12 s' \
  'late: timed out; stalls: timed out; ' 'late: timed out; stalls: read n; ' "$seen"
