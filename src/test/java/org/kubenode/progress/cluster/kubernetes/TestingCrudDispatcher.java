package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import io.fabric8.zjsonpatch.JsonPatchException;

/** Answers a failed test of a JSON patch as an API server does; the mock leaves it unanswered. */
final class TestingCrudDispatcher extends KubernetesCrudDispatcher {

    @Override
    public MockResponse dispatch(RecordedRequest request) {
        try {
            return super.dispatch(request);
        } catch (JsonPatchException e) {
            return new MockResponse()
                    .setResponseCode(422)
                    .setBody(
                            Serialization.asJson(
                                    new StatusBuilder()
                                            .withCode(422)
                                            .withReason("Invalid")
                                            .withMessage(
                                                    "the server rejected our request due to an"
                                                            + " error in our request")
                                            .build()));
        }
    }
}
