package org.kubenode.progress.security;

import java.util.List;
import org.kubenode.progress.problem.ProblemException;

/** On which clusters a caller may do which operations; a role says the rest. */
public final class Grants {

    /** Of a caller whom nothing narrows. */
    public static final Grants EVERYTHING = new Grants(List.of(new Grant("*", "*")), true);

    private static final String APPROVE = "approve";

    private final List<Grant> grants;
    private final boolean everything;

    private Grants(List<Grant> grants, boolean everything) {
        this.grants = grants;
        this.everything = everything;
    }

    static Grants of(List<Grant> grants) {
        return new Grants(List.copyOf(grants), false);
    }

    /** Whether nothing narrows the caller. */
    public boolean everything() {
        return everything;
    }

    /** Whether the caller may do anything at all on a cluster. */
    public boolean cover(String cluster) {
        return grants.stream().anyMatch(grant -> matches(grant.cluster(), cluster));
    }

    /**
     * @throws ProblemException 403, which names nothing that was not granted
     */
    public void require(String cluster, String operation) {
        if (!cover(cluster)) {
            throw new ProblemException(
                    403, "cluster_name", "the caller has no grant for this cluster");
        }
        if (grants.stream()
                .noneMatch(
                        grant ->
                                matches(grant.cluster(), cluster)
                                        && matches(grant.operation(), operation))) {
            throw new ProblemException(
                    403,
                    "operation",
                    "the caller has no grant for " + operation + " on " + cluster);
        }
    }

    /**
     * Whether the caller was named to approve batches of a cluster: {@code *} does not stand for
     * that.
     */
    boolean approve(String cluster) {
        return grants.stream()
                .anyMatch(
                        grant ->
                                grant.operation().equals(APPROVE)
                                        && matches(grant.cluster(), cluster));
    }

    private static boolean matches(String pattern, String name) {
        return name != null && name.matches(("\\Q" + pattern + "\\E").replace("*", "\\E.*\\Q"));
    }

    /** As the session's answer shows them. */
    @Override
    public String toString() {
        return grants.toString();
    }

    /**
     * One of them.
     *
     * @param cluster {@code *} stands for any characters, here and in the operation
     */
    record Grant(String cluster, String operation) {

        /** From {@code cluster/operation}, as a claim has it; without a slash every operation. */
        static Grant of(String text) {
            int slash = text.indexOf('/');
            return slash < 0
                    ? new Grant(text, "*")
                    : new Grant(text.substring(0, slash), text.substring(slash + 1));
        }

        @Override
        public String toString() {
            return cluster + "/" + operation;
        }
    }
}
