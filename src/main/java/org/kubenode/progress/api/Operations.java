package org.kubenode.progress.api;

import java.util.List;
import java.util.TreeSet;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.component.direct.DirectEndpoint;
import org.kubenode.progress.problem.ProblemException;

/** The operations there are: each {@code direct:node-<operation>} route is one. */
public final class Operations {

    private static final String PREFIX = "direct://node-";

    private final CamelContext context;

    public Operations(CamelContext context) {
        this.context = context;
    }

    /**
     * @throws ProblemException 404 naming the operations there are
     */
    public void require(String operation) {
        List<String> known = list();
        if (!known.contains(operation)) {
            throw new ProblemException(
                    404, "operation", "unknown operation; allowed: " + String.join(", ", known));
        }
    }

    /** Their names, in order. */
    public List<String> list() {
        TreeSet<String> known = new TreeSet<>();
        for (Route route : context.getRoutes()) {
            if (route.getEndpoint() instanceof DirectEndpoint endpoint
                    && endpoint.getEndpointUri().startsWith(PREFIX)) {
                known.add(endpoint.getEndpointUri().substring(PREFIX.length()));
            }
        }
        return List.copyOf(known);
    }
}
