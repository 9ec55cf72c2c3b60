package org.kubenode.progress.security;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * A request that shows the parameters of its query string whose name passes, and never those of a
 * form.
 */
class FilteredRequest extends HttpServletRequestWrapper {

    private final String query;
    private final Map<String, String[]> parameters;

    /**
     * @throws IllegalArgumentException when an escape in the query string is broken
     */
    FilteredRequest(HttpServletRequest request, Predicate<String> parameter) {
        super(request);
        this.query = QueryParameters.keep(request.getQueryString(), parameter);
        Map<String, String[]> kept = new LinkedHashMap<>();
        for (Map.Entry<String, List<String>> entry : QueryParameters.parse(query).entrySet()) {
            kept.put(entry.getKey(), entry.getValue().toArray(String[]::new));
        }
        this.parameters = Collections.unmodifiableMap(kept);
    }

    @Override
    public String getQueryString() {
        return query;
    }

    @Override
    public String getParameter(String name) {
        String[] values = parameters.get(name);
        return values == null ? null : values[0];
    }

    @Override
    public String[] getParameterValues(String name) {
        String[] values = parameters.get(name);
        return values == null ? null : values.clone();
    }

    @Override
    public Enumeration<String> getParameterNames() {
        return Collections.enumeration(parameters.keySet());
    }

    @Override
    public Map<String, String[]> getParameterMap() {
        return parameters;
    }
}
