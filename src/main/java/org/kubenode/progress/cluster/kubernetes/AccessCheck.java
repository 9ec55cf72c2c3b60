package org.kubenode.progress.cluster.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Asks an API server which of the rights of {@code configs/kubernetes/rbac.yaml} are missing. */
final class AccessCheck {

    private static final String API = "authorization.k8s.io/v1";
    private static final String PATH = "/apis/" + API + "/selfsubjectaccessreviews";
    private static final String KIND = "create selfsubjectaccessreviews.authorization.k8s.io";

    /**
     * One right and what it is for.
     *
     * @param kind see {@link ApiRequest#kind}
     */
    private record Right(
            String kind,
            String verb,
            String group,
            String resource,
            String subresource,
            String use) {

        private String review() {
            Map<String, String> attributes =
                    Map.of(
                            "verb", verb,
                            "group", group,
                            "resource", resource,
                            "subresource", subresource);
            return PatchJson.of(
                    Map.of(
                            "apiVersion",
                            API,
                            "kind",
                            "SelfSubjectAccessReview",
                            "spec",
                            Map.of("resourceAttributes", attributes)));
        }
    }

    private static final List<Right> RIGHTS =
            List.of(
                    new Right(ApiRequest.LIST_NODES, "list", "", "nodes", "", "listing nodes"),
                    new Right(ApiRequest.GET_NODES, "get", "", "nodes", "", "all operations"),
                    new Right(ApiRequest.PATCH_NODES, "patch", "", "nodes", "", "all operations"),
                    new Right(ApiRequest.LIST_PODS, "list", "", "pods", "", "drain"),
                    new Right(ApiRequest.EVICT, "create", "", "pods", "eviction", "drain"),
                    new Right(ApiRequest.GET_DAEMONSETS, "get", "apps", "daemonsets", "", "drain"),
                    new Right(
                            ApiRequest.LIST_BUDGETS,
                            "list",
                            "policy",
                            "poddisruptionbudgets",
                            "",
                            "budgets in plans"));

    private final ApiServer server;

    AccessCheck(ApiServer server) {
        this.server = server;
    }

    /**
     * @return the missing rights, for people; empty when none is
     * @throws ApiException when the server cannot be asked
     */
    List<String> missing() throws InterruptedException {
        List<String> missing = new ArrayList<>();
        for (Right right : RIGHTS) {
            byte[] answer = server.call(ApiRequest.post(KIND, PATH, right.review()));
            if (server.read(answer, JsonNode.class).at("/status/allowed").asBoolean()) {
                server.rights().granted(right.kind());
            } else {
                missing.add(right.kind() + " (" + right.use() + ")");
            }
        }
        return missing;
    }
}
