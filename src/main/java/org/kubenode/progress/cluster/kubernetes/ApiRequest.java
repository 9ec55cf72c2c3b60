package org.kubenode.progress.cluster.kubernetes;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One request to an API server.
 *
 * @param path absolute, its segments encoded
 * @param contentType of the body, or null
 * @param body JSON, or null
 */
record ApiRequest(
        String method, String path, Map<String, String> query, String contentType, String body) {

    static final String JSON = "application/json";
    static final String MERGE_PATCH = "application/merge-patch+json";
    static final String JSON_PATCH = "application/json-patch+json";

    static ApiRequest get(String path) {
        return new ApiRequest("GET", path, Map.of(), null, null);
    }

    static ApiRequest post(String path, String body) {
        return new ApiRequest("POST", path, Map.of(), JSON, body);
    }

    static ApiRequest patch(String path, String patchType, String body) {
        return new ApiRequest("PATCH", path, Map.of(), patchType, body);
    }

    /** The path of a node. */
    static String node(String name) {
        return "/api/v1/nodes/" + encode(name);
    }

    ApiRequest with(String key, String value) {
        Map<String, String> more = new LinkedHashMap<>(query);
        more.put(key, value);
        return new ApiRequest(method, path, more, contentType, body);
    }

    /** The server checks everything and stores nothing. */
    ApiRequest dryRun(boolean dryRun) {
        return dryRun ? with("dryRun", "All") : this;
    }

    String pathAndQuery() {
        return query.isEmpty()
                ? path
                : query.entrySet().stream()
                        .map(e -> encode(e.getKey()) + "=" + encode(e.getValue()))
                        .collect(Collectors.joining("&", path + "?", ""));
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
