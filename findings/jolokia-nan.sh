#!/usr/bin/env bash
# Jolokia answers null, with status 200, for an attribute that is NaN or infinite.
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
    public interface ThingMBean { double getRatio(); double getRate(); double getLoad(); }
    public static class Thing implements ThingMBean {
        public double getRatio() { return Double.NaN; }
        public double getRate() { return Double.POSITIVE_INFINITY; }
        public double getLoad() { return 0.5; }
    }

    public static void main(String[] args) throws Exception {
        java.io.PrintStream out = System.out;
        System.setOut(System.err); // the agent talks
        ManagementFactory.getPlatformMBeanServer().registerMBean(new Thing(), new ObjectName("finding:type=Thing"));
        JolokiaServer server = new JolokiaServer(new JolokiaServerConfig(new HashMap<>(Map.of(
            "host", "127.0.0.1", "port", "0", "discoveryEnabled", "false"))));
        server.start(false);
        for (String attribute : new String[] {"Load", "Ratio", "Rate"})
            out.print(attribute + " " + ask(server, "{\"type\":\"read\",\"mbean\":\"finding:type=Thing\",\"attribute\":\""
                + attribute + "\"}") + "; ");
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
verdict 'Jolokia 2.6.0: doubles 0.5, NaN and infinity' \
  'Load 0.5; Ratio NaN; Rate Infinity; ' 'Load 0.5; Ratio null; Rate null; ' "$seen"
