package org.kubenode.progress.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ApiClient.Answer;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Tokens;

/**
 * docs/examples/12-kube-node-manager-api.camel.yaml, asked in the shape of that program's pages.
 */
class KubeNodeManagerApiTest {

    private static final String EXAMPLE = "12-kube-node-manager-api.camel.yaml";

    @TempDir static Path routes;

    private static ReplicaContext replica;
    private static ApiClient api;

    @BeforeAll
    static void start() throws Exception {
        Files.copy(Path.of("docs", "examples", EXAMPLE), routes.resolve(EXAMPLE));
        replica =
                ReplicaContext.start(
                        "older",
                        List.of(
                                "--progress.enable_database=false",
                                "--progress.routes_dir=" + routes));
        api = replica.api(Tokens.user(1));
    }

    @AfterAll
    static void end() {
        replica.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "batch-cordon-progress | cordon | {'nodes':['node-1','node-2'],'cluster_name':'test','reason':''}",
                "batch-uncordon-progress?cluster_name=test | uncordon | {'nodes':['node-1','node-2']}",
                "batch-drain-progress | drain | {'nodes':['node-1','node-2'],'cluster_name':'test','reason':'kernel'}",
                "labels/batch-add-progress | label | {'nodes':['node-1','node-2'],'labels':[{'key':'pool','value':'blue'}],'cluster':'test'}",
                "labels/batch-delete-progress | label | {'nodes':['node-1','node-2'],'keys':['pool'],'cluster_name':'test'}",
                "taints/batch-add-progress?cluster_name=test | taint | {'nodes':['node-1','node-2'],'taints':[{'key':'a','value':'b','effect':'NoSchedule'}]}",
                "taints/batch-delete-progress | taint | {'nodes':['node-1','node-2'],'keys':['a'],'cluster_name':'test'}",
            })
    void aBatchIsStartedAndItsDialogSeesItEnd(String path, String operation, String body) {
        try (ProgressClient dialog = ProgressClient.connect(replica.port(), Tokens.user(1))) {
            Answer answer = api.post("/api/v1/nodes/" + path, body.replace('\'', '"'));
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(answer.json().path("code").asInt()).isEqualTo(200);
            String task = answer.json().at("/data/task_id").asText();
            JsonNode end = dialog.awaitEnd(task);
            assertThat(end.path("action").asText()).isEqualTo(operation);
            assertThat(end.path("success_nodes")).hasSize(2);
        }
    }

    @Test
    void whatAnOldRequestHasInErrorIsNamed() {
        String path = "/api/v1/nodes/batch-cordon-progress";
        assertField(api.post(path, "{\"nodes\":[\"node-1\"]}"), 400, "cluster_name");
        assertField(api.post(path, "{\"cluster_name\":\"test\",\"nodes\":[]}"), 400, "nodes");
        assertField(
                api.post(path, "{\"cluster_name\":\"test\",\"nodes\":[\"node-1\"],\"x\":1}"),
                400,
                "x");
        assertField(api.post(path + "?a=1", "{}"), 400, "a");
        // The path alone says what is done.
        Answer forced =
                api.post(
                        path,
                        "{\"cluster_name\":\"test\",\"nodes\":[\"node-1\"]}",
                        "operation",
                        "drain");
        assertThat(api.task(forced.json().at("/data/task_id").asText()).path("action").asText())
                .isEqualTo("cordon");
        assertThat(
                        replica.api(Tokens.viewer(2))
                                .post(path, "{\"cluster_name\":\"test\",\"nodes\":[\"node-1\"]}")
                                .status())
                .isEqualTo(403);
    }

    private static void assertField(Answer answer, int status, String field) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.json().path("field").asText()).isEqualTo(field);
    }
}
