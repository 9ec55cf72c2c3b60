package org.kubenode.progress.cluster.kubernetes;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One request to an API server.
 *
 * @param kind its verb and resource as RBAC calls them, for example {@code patch nodes}: rights and
 *     times of one kind can be compared
 * @param path absolute, its segments encoded
 * @param contentType of the body, or null
 * @param body JSON, or null
 */
record ApiRequest(
        String kind,
        String method,
        String path,
        Map<String, String> query,
        String contentType,
        String body) {

    static final String JSON = "application/json";
    static final String MERGE_PATCH = "application/merge-patch+json";
    static final String JSON_PATCH = "application/json-patch+json";

    static final String LIST_NODES = "list nodes";
    static final String GET_NODES = "get nodes";
    static final String PATCH_NODES = "patch nodes";
    static final String LIST_PODS = "list pods";
    static final String EVICT = "create pods/eviction";
    static final String DELETE_PODS = "delete pods";
    static final String LIST_BUDGETS = "list poddisruptionbudgets.policy";
    static final String GET_DAEMONSETS = "get daemonsets.apps";

    private static final Map<String, String> NO_QUERY = Map.of();

    static ApiRequest get(String kind, String path) {
        return new ApiRequest(kind, "GET", path, NO_QUERY, null, null);
    }

    static ApiRequest post(String kind, String path, String body) {
        return new ApiRequest(kind, "POST", path, NO_QUERY, JSON, body);
    }

    static ApiRequest delete(String kind, String path, String body) {
        return new ApiRequest(kind, "DELETE", path, NO_QUERY, JSON, body);
    }

    static ApiRequest getNode(String name) {
        return get(GET_NODES, node(name));
    }

    static ApiRequest patchNode(String name, String patchType, String body) {
        return new ApiRequest(PATCH_NODES, "PATCH", node(name), NO_QUERY, patchType, body);
    }

    private static String node(String name) {
        return "/api/v1/nodes/" + encode(name);
    }

    ApiRequest with(String key, String value) {
        Map<String, String> more = new LinkedHashMap<>(query);
        more.put(key, value);
        return new ApiRequest(kind, method, path, more, contentType, body);
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
