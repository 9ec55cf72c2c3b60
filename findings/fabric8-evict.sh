#!/usr/bin/env bash
# fabric8's evict() answers false where a budget refuses, after eleven requests, and throws where the pod is gone already.
. "$(dirname "$0")/lib.bash"
jars io.fabric8:kubernetes-client:7.4.0
seen=$(java_says <<'JAVA'
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.*;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

class Finding {
    public static void main(String[] args) throws Exception {
        AtomicInteger requests = new AtomicInteger();
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            int status = exchange.getRequestURI().getPath().contains("/gone/") ? 404 : 429;
            byte[] body = ("{\"kind\":\"Status\",\"status\":\"Failure\",\"code\":" + status + "}").getBytes();
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        Config config = new ConfigBuilder(Config.empty()).withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
            .withRequestTimeout(30_000).withRequestRetryBackoffInterval(5).build();
        try (KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build()) {
            for (String pod : new String[] {"guarded", "gone"}) {
                requests.set(0);
                String outcome;
                try {
                    outcome = "" + client.pods().inNamespace("default").withName(pod).evict();
                } catch (KubernetesClientException e) {
                    outcome = "exception " + e.getCode();
                }
                System.out.print(pod + " " + outcome + " after " + requests + "; ");
            }
        }
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }
}
JAVA
)
verdict 'fabric8 kubernetes-client 7.4.0: evict() answered 429, and 404' \
  'guarded false after 1; gone false after 1; ' 'guarded false after 11; gone exception 404 after 1; ' "$seen"
