package org.kubenode.progress.security;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the application sees of a request under /api/v1: the body in memory as {@code
 * application/json}, the few headers that the contract knows, and the query string as it came; no
 * parameter of it, which Camel would put among the headers. What is not here cannot come back in an
 * answer, whatever a route forgets.
 */
final class ApiRequest extends WholeRequest {

    private static final List<String> KNOWN_HEADERS =
            List.of("Host", "Accept", "Idempotency-Key", "Last-Event-ID");

    private static final String JSON = "application/json";

    private final String query;
    private final Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    /**
     * @param body the body, or null for a method that has none
     * @throws IllegalArgumentException when an escape in the query string is broken
     */
    ApiRequest(HttpServletRequest request, byte[] body) {
        super(request, body == null ? new byte[0] : body, name -> false);
        QueryParameters.parse(request.getQueryString());
        this.query = request.getQueryString();
        for (String name : KNOWN_HEADERS) {
            List<String> values = Collections.list(request.getHeaders(name));
            if (!values.isEmpty()) {
                headers.put(name, values);
            }
        }
        if (body != null) {
            headers.put("Content-Type", List.of(JSON));
            headers.put("Content-Length", List.of(Integer.toString(body.length)));
        }
    }

    @Override
    public String getQueryString() {
        return query;
    }

    @Override
    public String getHeader(String name) {
        List<String> values = headers.get(name);
        return values == null ? null : values.get(0);
    }

    @Override
    public Enumeration<String> getHeaders(String name) {
        return Collections.enumeration(headers.getOrDefault(name, List.of()));
    }

    @Override
    public Enumeration<String> getHeaderNames() {
        return Collections.enumeration(headers.keySet());
    }

    @Override
    public int getIntHeader(String name) {
        String value = getHeader(name);
        return value == null ? -1 : Integer.parseInt(value);
    }

    @Override
    public long getDateHeader(String name) {
        return -1;
    }

    @Override
    public Enumeration<Locale> getLocales() {
        return Collections.enumeration(List.of(Locale.ROOT));
    }

    @Override
    public Locale getLocale() {
        return Locale.ROOT;
    }

    @Override
    public String getContentType() {
        return getHeader("Content-Type");
    }

    @Override
    public String getCharacterEncoding() {
        return StandardCharsets.UTF_8.name();
    }
}
