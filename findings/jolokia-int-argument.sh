#!/usr/bin/env bash
# Jolokia cuts a fraction off where an operation takes an int; what does not fit otherwise it refuses.
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
    public interface ThingMBean { int twice(int number); }
    public static class Thing implements ThingMBean {
        public int twice(int number) { return 2 * number; }
    }

    public static void main(String[] args) throws Exception {
        java.io.PrintStream out = System.out;
        System.setOut(System.err); // the agent talks
        ManagementFactory.getPlatformMBeanServer().registerMBean(new Thing(), new ObjectName("finding:type=Thing"));
        JolokiaServer server = new JolokiaServer(new JolokiaServerConfig(new HashMap<>(Map.of(
            "host", "127.0.0.1", "port", "0", "discoveryEnabled", "false"))));
        server.start(false);
        for (String number : new String[] {"1.7", "2147483648", "\"abc\""})
            out.print("twice(" + number + ") " + ask(server, "{\"type\":\"exec\",\"mbean\":\"finding:type=Thing\","
                + "\"operation\":\"twice\",\"arguments\":[" + number + "]}") + "; ");
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
verdict 'Jolokia 2.6.0: exec of int twice(int)' \
  'twice(1.7) refused; twice(2147483648) refused; twice("abc") refused; ' \
  'twice(1.7) 2; twice(2147483648) refused; twice("abc") refused; ' "$seen"
