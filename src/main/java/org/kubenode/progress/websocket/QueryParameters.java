package org.kubenode.progress.websocket;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The parameters of a query string, without touching a request's body. */
final class QueryParameters {

    private QueryParameters() {}

    /**
     * @param query as sent, or null
     * @param secret names to leave out
     * @return of each name its values in order; what cannot be decoded is left out
     */
    static Map<String, List<String>> of(String query, Set<String> secret) {
        if (query == null || query.isEmpty()) {
            return Map.of();
        }
        Map<String, List<String>> parameters = new HashMap<>();
        for (String pair : query.split("&")) {
            int equals = pair.indexOf('=');
            try {
                String name = decode(equals < 0 ? pair : pair.substring(0, equals));
                if (!name.isEmpty() && !secret.contains(name)) {
                    String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
                    parameters.computeIfAbsent(name, key -> new ArrayList<>(1)).add(value);
                }
            } catch (IllegalArgumentException e) {
                // A broken escape: as if it had not been sent.
                continue;
            }
        }
        return parameters.isEmpty() ? Map.of() : Collections.unmodifiableMap(parameters);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
