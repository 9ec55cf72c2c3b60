package org.kubenode.progress.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ApiClient.Answer;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Tokens;

/** {@code /openapi.json} is good OpenAPI 3.1, says all there is, and what is answered fits it. */
class ApiDescriptionTest {

    private static final String AT = "https://replica/openapi.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir static Path folder;

    private static ReplicaContext replica;
    private static ApiClient api;
    private static String text;
    private static JsonNode description;

    @BeforeAll
    static void start() throws Exception {
        replica =
                ReplicaContext.start(
                        "described",
                        List.of(
                                "--database.type=sqlite",
                                "--database.path=" + folder.resolve("rows.db")));
        await().atMost(Duration.ofSeconds(20)).until(() -> replica.bean(Database.class).up());
        api = replica.api(Tokens.admin(1));
        text = replica.api(null).get("/api/v1/openapi.json").body();
        description = JSON.readTree(text);
    }

    @AfterAll
    static void end() {
        replica.close();
    }

    @Test
    void aParserHasNothingToSayAgainstIt() {
        ParseOptions options = new ParseOptions();
        options.setResolve(true);
        SwaggerParseResult result = new OpenAPIV3Parser().readContents(text, List.of(), options);
        assertThat(result.getMessages()).isEmpty();
        assertThat(result.getOpenAPI().getPaths()).hasSizeGreaterThan(20);
    }

    @Test
    void itFitsTheSchemaOfOpenApi() {
        JsonSchema schema =
                JsonSchemaFactory.getInstance(
                                SpecVersion.VersionFlag.V202012,
                                builder ->
                                        builder.schemaMappers(
                                                mappers ->
                                                        mappers.mapPrefix(
                                                                "https://spec.openapis.org",
                                                                "classpath:spec.openapis.org")))
                        .getSchema(
                                SchemaLocation.of(
                                        "https://spec.openapis.org/oas/3.1/schema/2022-10-07"));
        assertThat(schema.validate(text, InputFormat.JSON)).isEmpty();
        ObjectNode broken = description.deepCopy();
        ((ObjectNode) broken.at("/paths/~1api~1v1~1tasks/get")).put("operationId", 1);
        assertThat(schema.validate(broken)).isNotEmpty();
    }

    /** Of what the routes answer; sockets, sessions and this document are said besides. */
    @Test
    void itHasEveryCallOfTheRoutes() {
        Set<String> routes = new TreeSet<>();
        for (RouteFile file : RouteFile.all()) {
            for (JsonNode rest : file.entries("rest")) {
                for (String method : List.of("get", "post", "delete", "put")) {
                    rest.path(method)
                            .forEach(
                                    call ->
                                            routes.add(
                                                    method
                                                            + " "
                                                            + rest.path("path").asText()
                                                            + call.path("path").asText()));
                }
            }
        }
        Set<String> described = new TreeSet<>();
        description
                .path("paths")
                .properties()
                .forEach(
                        path ->
                                path.getValue()
                                        .fieldNames()
                                        .forEachRemaining(
                                                verb -> described.add(verb + " " + path.getKey())));
        assertThat(described).containsAll(routes);
        described.removeAll(routes);
        assertThat(described)
                .containsExactly(
                        "delete /api/v1/session",
                        "delete /api/v1/sessions",
                        "get /api/v1/progress/stream",
                        "get /api/v1/progress/ws",
                        "get /api/v1/session",
                        "get /api/v1/sign-in",
                        "post /api/v1/session");
    }

    /** Each answer of a batch's life, good and bad, against the schema that is given for it. */
    @Test
    void whatIsAnsweredFitsWhatIsSaid() throws Exception {
        List<String> wrong = new ArrayList<>();
        String batch = "/api/v1/nodes/batch/{operation}";
        String task = "/api/v1/tasks/{task_id}";
        Map<String, String> cordon = Map.of("operation", "cordon");
        String body = ApiClient.batch("test", ApiClient.nodes(8)).toString();
        Answer started = judge(wrong, "post", batch, cordon, "", body);
        Map<String, String> of = Map.of("task_id", started.json().path("task_id").asText());
        await().atMost(Duration.ofSeconds(10))
                .until(
                        () ->
                                api.task(of.get("task_id"))
                                        .path("status")
                                        .asText()
                                        .equals("completed"));
        judge(wrong, "get", task, of, "", null);
        for (String part : List.of("/nodes", "/messages", "/plan")) {
            judge(wrong, "get", task + part, of, "?limit=3", null);
        }
        for (String verb : List.of("/cancel", "/ack", "/pause", "/resume", "/approve", "/retry")) {
            judge(wrong, "post", task + verb, of, "", "");
        }
        judge(wrong, "get", "/api/v1/tasks", Map.of(), "?failed=true", null);
        judge(wrong, "get", "/api/v1/tasks", Map.of(), "?limit=0", null);
        Map<String, String> node = Map.of("name", "test", "node", "node-7");
        judge(wrong, "get", "/api/v1/clusters", Map.of(), "", null);
        judge(wrong, "get", "/api/v1/clusters/{name}/nodes", node, "?limit=2", null);
        judge(wrong, "get", "/api/v1/clusters/{name}/nodes/{node}/history", node, "", null);
        judge(wrong, "get", "/api/v1/operations", Map.of(), "", null);
        judge(wrong, "get", "/api/v1/progress/status", Map.of(), "", null);
        judge(wrong, "get", "/api/v1/session", Map.of(), "", null);
        judge(wrong, "get", "/api/v1/sign-in", Map.of(), "", null);
        judge(wrong, "post", batch, cordon, "", "{\"cluster_name\":\"none\"}");
        judge(wrong, "post", batch, Map.of("operation", "fly"), "", body);
        judge(wrong, "delete", "/api/v1/sessions", Map.of(), "?user_id=nobody", null);
        assertThat(wrong).isEmpty();
    }

    private static Answer judge(
            List<String> wrong,
            String method,
            String path,
            Map<String, String> variables,
            String query,
            String body) {
        String uri = path;
        for (Map.Entry<String, String> variable : variables.entrySet()) {
            uri = uri.replace("{" + variable.getKey() + "}", variable.getValue());
        }
        Answer answer =
                api.send(
                        api.request(uri + query)
                                .header("Content-Type", "application/json")
                                .method(
                                        method.toUpperCase(java.util.Locale.ROOT),
                                        body == null
                                                ? HttpRequest.BodyPublishers.noBody()
                                                : ApiClient.text(body)));
        JsonNode response =
                description
                        .path("paths")
                        .path(path)
                        .path(method)
                        .path("responses")
                        .path(Integer.toString(answer.status()));
        if (response.has("$ref")) {
            response = description.at(response.path("$ref").asText().substring(1));
        }
        String call = method + " " + uri + query + " " + answer.status();
        JsonNode content = response.path("content");
        if (response.isMissingNode() || content.isEmpty() != answer.body().isEmpty()) {
            wrong.add(call + " is not described: " + answer.body());
        } else if (!content.isEmpty()) {
            String type = answer.contentType().orElse("none").replaceAll(";.*", "");
            JsonNode schema = content.path(type).path("schema");
            if (schema.isMissingNode()) {
                wrong.add(call + " is not described as " + type);
            } else {
                schema(schema)
                        .validate(answer.json())
                        .forEach(error -> wrong.add(call + ": " + error));
            }
        }
        return answer;
    }

    /** The schema among those of the document. */
    private static JsonSchema schema(JsonNode reference) {
        ObjectNode whole = JSON.createObjectNode();
        whole.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        whole.put("$id", AT);
        whole.setAll((ObjectNode) reference.deepCopy());
        whole.set("components", description.path("components"));
        return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(whole);
    }
}
