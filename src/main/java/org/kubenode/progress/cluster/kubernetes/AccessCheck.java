package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.authorization.v1.ResourceAttributes;
import io.fabric8.kubernetes.api.model.authorization.v1.ResourceAttributesBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import java.util.ArrayList;
import java.util.List;

/** Asks an API server which of the rights of {@code configs/kubernetes/rbac.yaml} are missing. */
final class AccessCheck {

    private static final String PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

    /** One right and what it is for. */
    private record Right(
            String verb, String group, String resource, String subresource, String use) {

        @Override
        public String toString() {
            return verb
                    + " "
                    + resource
                    + (group.isEmpty() ? "" : "." + group)
                    + (subresource.isEmpty() ? "" : "/" + subresource)
                    + " ("
                    + use
                    + ")";
        }

        private ResourceAttributes attributes() {
            return new ResourceAttributesBuilder()
                    .withVerb(verb)
                    .withGroup(group)
                    .withResource(resource)
                    .withSubresource(subresource)
                    .build();
        }
    }

    private static final List<Right> RIGHTS =
            List.of(
                    new Right("list", "", "nodes", "", "listing nodes"),
                    new Right("get", "", "nodes", "", "all operations"),
                    new Right("patch", "", "nodes", "", "all operations"),
                    new Right("list", "", "pods", "", "drain"),
                    new Right("create", "", "pods", "eviction", "drain"),
                    new Right("get", "apps", "daemonsets", "", "drain"));

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
            SelfSubjectAccessReview review =
                    new SelfSubjectAccessReviewBuilder()
                            .withNewSpec()
                            .withResourceAttributes(right.attributes())
                            .endSpec()
                            .build();
            String answer = server.call(ApiRequest.post(PATH, server.json(review)));
            SelfSubjectAccessReview read = server.read(answer, SelfSubjectAccessReview.class);
            if (read.getStatus() == null || !Boolean.TRUE.equals(read.getStatus().getAllowed())) {
                missing.add(right.toString());
            }
        }
        return missing;
    }
}
