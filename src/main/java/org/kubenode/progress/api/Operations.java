package org.kubenode.progress.api;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.component.direct.DirectEndpoint;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.cluster.OperationOptions;
import org.kubenode.progress.problem.ProblemException;

/** The operations there are: each {@code direct:node-<operation>} route is one. */
public final class Operations {

    private static final String PREFIX = "direct://node-";
    private static final String DRY_RUN = "node-operations-with-dry-run";

    private final CamelContext context;
    private final Clusters clusters;

    public Operations(CamelContext context, Clusters clusters) {
        this.context = context;
        this.clusters = clusters;
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

    /**
     * @throws ProblemException 400 when nothing is to be changed, and the operation does not say
     *     that it can do that
     */
    public void requireDryRun(String operation, Map<String, ?> params) {
        if (OperationOptions.dryRun(params)
                && !OperationOptions.isOwn(operation)
                && context.getRoutes().stream()
                        .noneMatch(
                                route ->
                                        is(route, operation) && DRY_RUN.equals(route.getGroup()))) {
            throw new ProblemException(
                    400,
                    "dry_run",
                    "dry_run: "
                            + operation
                            + " cannot do that; one that can says so by the group of its route, "
                            + DRY_RUN);
        }
    }

    /**
     * @throws ProblemException 400 when a roll names a step that has no route; a simulated cluster
     *     needs none
     */
    public void requireStep(String operation, String cluster, Map<String, ?> params) {
        if (!operation.equals("roll") || clusters.get(cluster).type().equals("simulated")) {
            return;
        }
        List<String> known = list().stream().filter(name -> !OperationOptions.isOwn(name)).toList();
        if (!known.contains(OperationOptions.step(params))) {
            throw new ProblemException(
                    400,
                    "step",
                    "step: there is no operation '%s' of one's own; allowed: %s"
                            .formatted(
                                    OperationOptions.step(params),
                                    known.isEmpty() ? "none yet" : String.join(", ", known)));
        }
    }

    private static boolean is(Route route, String operation) {
        return route.getEndpoint() instanceof DirectEndpoint endpoint
                && endpoint.getEndpointUri().equals(PREFIX + operation);
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
