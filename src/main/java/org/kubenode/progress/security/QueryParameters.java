package org.kubenode.progress.security;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.kubenode.progress.problem.ProblemException;

/**
 * The parameters of a query string, and of nothing else: {@code getParameter} of the servlet API
 * also swallows a body of the form type.
 */
public final class QueryParameters {

    private QueryParameters() {}

    /**
     * @param query the raw query string, or null
     * @return the values by name, in order
     * @throws IllegalArgumentException when an escape is broken
     */
    public static Map<String, List<String>> parse(String query) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        for (String pair : pairs(query)) {
            int equals = pair.indexOf('=');
            String value =
                    equals < 0
                            ? ""
                            : URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8);
            parameters.computeIfAbsent(name(pair), name -> new ArrayList<>()).add(value);
        }
        return parameters;
    }

    /**
     * Refuses what is not known, and what comes twice.
     *
     * @param query the raw query string, or null
     * @throws ProblemException 400 naming the parameter
     * @throws IllegalArgumentException when an escape is broken
     */
    static void requireOnly(String query, Set<String> known) {
        parse(query)
                .forEach(
                        (name, values) -> {
                            if (!known.contains(name)) {
                                throw new ProblemException(
                                        400,
                                        name,
                                        "there is no such parameter; allowed: "
                                                + (known.isEmpty()
                                                        ? "none"
                                                        : String.join(", ", known)));
                            }
                            if (values.size() > 1) {
                                throw new ProblemException(400, name, "is given more than once");
                            }
                        });
    }

    /**
     * The query string with only the parameters whose name passes, or null when none is left.
     *
     * @throws IllegalArgumentException when an escape is broken
     */
    static String keep(String query, Predicate<String> name) {
        List<String> kept = new ArrayList<>();
        for (String pair : pairs(query)) {
            if (name.test(name(pair))) {
                kept.add(pair);
            }
        }
        return kept.isEmpty() ? null : String.join("&", kept);
    }

    private static List<String> pairs(String query) {
        List<String> pairs = new ArrayList<>();
        if (query != null) {
            for (String pair : query.split("&")) {
                if (!pair.isEmpty()) {
                    pairs.add(pair);
                }
            }
        }
        return pairs;
    }

    private static String name(String pair) {
        int equals = pair.indexOf('=');
        return URLDecoder.decode(
                equals < 0 ? pair : pair.substring(0, equals), StandardCharsets.UTF_8);
    }
}
