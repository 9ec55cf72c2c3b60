package org.kubenode.progress.security;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import javax.management.ObjectName;
import org.jolokia.server.core.service.api.Restrictor;
import org.jolokia.server.core.util.HttpMethod;
import org.jolokia.server.core.util.RequestType;

/**
 * What an admin may do through Jolokia: what Hawtio shows of Camel and of the JVM. What is not
 * named here does not exist, so neither do heap dumps, agents, compiler directives, flight
 * recordings ({@code com.sun.management}, {@code jdk.management.jfr}) nor the loggers'
 * configuration.
 */
public final class JolokiaPolicy implements Restrictor {

    private static final String CAMEL = "org.apache.camel";

    private static final Set<String> SHOWN = Set.of(CAMEL, "java.lang", "java.nio", "hawtio");

    private static final Set<RequestType> TYPES =
            Set.of(
                    RequestType.READ,
                    RequestType.WRITE,
                    RequestType.EXEC,
                    RequestType.LIST,
                    RequestType.SEARCH,
                    RequestType.VERSION);

    /** They hold the command line and -D options, and with them secrets that were given there. */
    private static final Set<String> HIDDEN_ATTRIBUTES =
            Set.of("InputArguments", "SystemProperties");

    /** Would make endpoints of any URI: files, processes, other servers. */
    private static final Pattern HIDDEN_CAMEL_OPERATIONS =
            Pattern.compile("(send|request|create|add|update|remove|set).*|.*Breakpoint.*");

    private static final Map<String, Set<String>> OTHER_OPERATIONS =
            Map.of(
                    "java.lang:type=Threading",
                            Set.of("dumpAllThreads", "findDeadlockedThreads", "getThreadInfo"),
                    // Hawtio asks it of each operation of each MBean, and it says yes to all:
                    // refused,
                    // these are thousands of errors in one answer.
                    "hawtio:area=jmx,name=HawtioDummyJMXSecurity,type=security",
                            Set.of("canInvoke"),
                    "hawtio:type=LogQuery",
                            Set.of("getLogResults", "allLogResults", "jsonQueryLogResults"));

    @Override
    public boolean isHttpMethodAllowed(HttpMethod method) {
        return true;
    }

    @Override
    public boolean isTypeAllowed(RequestType type) {
        return TYPES.contains(type);
    }

    @Override
    public boolean isAttributeReadAllowed(ObjectName name, String attribute) {
        return !isObjectNameHidden(name) && !HIDDEN_ATTRIBUTES.contains(attribute);
    }

    /** Hawtio switches the tracer of a context on and off by its attributes. */
    @Override
    public boolean isAttributeWriteAllowed(ObjectName name, String attribute) {
        return CAMEL.equals(name.getDomain()) && "tracer".equals(name.getKeyProperty("type"));
    }

    /**
     * @param operation with or without the types of its parameters
     */
    @Override
    public boolean isOperationAllowed(ObjectName name, String operation) {
        String plain = operation.replaceFirst("\\(.*", "");
        return CAMEL.equals(name.getDomain())
                ? !HIDDEN_CAMEL_OPERATIONS.matcher(plain).matches()
                : OTHER_OPERATIONS.getOrDefault(name.getCanonicalName(), Set.of()).contains(plain);
    }

    @Override
    public boolean isRemoteAccessAllowed(String... hostsOrAddresses) {
        return true;
    }

    /** {@link JolokiaFilter} has looked at it; other origins get no CORS headers. */
    @Override
    public boolean isOriginAllowed(String origin, boolean strict) {
        return strict;
    }

    @Override
    public boolean isObjectNameHidden(ObjectName name) {
        return !SHOWN.contains(name.getDomain());
    }
}
