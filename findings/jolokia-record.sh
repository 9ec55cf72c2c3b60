#!/usr/bin/env bash
# Jolokia shows a record as its toString, an Optional without its value and a Duration by its getters.
. "$(dirname "$0")/lib.bash"
jars org.jolokia:jolokia-agent-jvm:2.6.0
seen=$(java_says <<'JAVA'
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.*;
import java.util.*;
import javax.management.ObjectName;
import org.jolokia.jvmagent.*;

class Finding {
    public record Lease(String owner, int epoch) {}
    public interface ThingMBean { Lease getLease(); Optional<String> getOwner(); java.time.Duration getWait(); java.time.Instant getSince(); }
    public static class Thing implements ThingMBean {
        public Lease getLease() { return new Lease("a", 1); }
        public Optional<String> getOwner() { return Optional.of("a"); }
        public java.time.Duration getWait() { return java.time.Duration.ofSeconds(1); }
        public java.time.Instant getSince() { return java.time.Instant.EPOCH; }
    }

    public static void main(String[] args) throws Exception {
        java.io.PrintStream out = System.out;
        System.setOut(System.err); // the agent talks
        ManagementFactory.getPlatformMBeanServer().registerMBean(new Thing(), new ObjectName("finding:type=Thing"));
        JolokiaServer server = new JolokiaServer(new JolokiaServerConfig(new HashMap<>(Map.of(
            "host", "127.0.0.1", "port", "0", "discoveryEnabled", "false"))));
        server.start(false);
        String lease = ask(server, "{\"type\":\"read\",\"mbean\":\"finding:type=Thing\",\"attribute\":\"Lease\"}");
        String owner = ask(server, "{\"type\":\"read\",\"mbean\":\"finding:type=Thing\",\"attribute\":\"Owner\"}");
        String wait = ask(server, "{\"type\":\"read\",\"mbean\":\"finding:type=Thing\",\"attribute\":\"Wait\"}");
        String since = ask(server, "{\"type\":\"read\",\"mbean\":\"finding:type=Thing\",\"attribute\":\"Since\"}");
        out.print("record " + lease + "; Optional " + (owner.contains("\"a\"") ? "with" : "without") + " its value; Duration "
            + (wait.startsWith("{") ? "an object" : wait) + "; Instant " + (since.startsWith("\"1970-01-01T") ? "ISO" : since));
        server.stop();
    }

    static String ask(JolokiaServer server, String request) throws Exception {
        String answer = HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(server.getUrl().toString()))
            .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(request)).build(),
            HttpResponse.BodyHandlers.ofString()).body();
        int value = answer.indexOf("\"value\":");
        return value < 0 ? "refused" : answer.substring(value + 8, answer.lastIndexOf(",\"status\""));
    }
}
JAVA
)
verdict 'Jolokia 2.6.0: a record, an Optional, a Duration, an Instant as attributes' \
  'record {"owner":"a","epoch":1}; Optional with its value; Duration "PT1S"; Instant ISO' \
  'record "Lease[owner=a, epoch=1]"; Optional without its value; Duration an object; Instant ISO' "$seen"
