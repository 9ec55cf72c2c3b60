package org.kubenode.progress.api;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.kubenode.progress.problem.ProblemException;
import org.kubenode.progress.security.QueryParameters;
import org.kubenode.progress.wire.TaskIds;

/**
 * What a client sent, as text: it is read here by name and type, and nowhere else. What does not
 * fit is refused by name (400), and so is a query parameter that nobody asked for. For one thread.
 */
public final class Received {

    private static final Pattern LINE = Pattern.compile("[^\\p{Cntrl}]*");

    private final Map<String, Object> headers;
    private final Map<String, List<String>> query;
    private final Set<String> known = new TreeSet<>();

    /**
     * @param headers the headers of the HTTP message that Camel made: those of the client, the
     *     variables of the path, the raw query string as {@code CamelHttpQuery}; not kept
     */
    Received(Map<String, Object> headers) {
        this.headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        this.headers.putAll(headers);
        this.query = QueryParameters.parse((String) headers.get("CamelHttpQuery"));
    }

    /** A header of the client, or null; 400 when it came twice. */
    String header(String name) {
        Object value = headers.get(name);
        if (value instanceof Collection<?>) {
            throw wrong(name, "is given more than once");
        }
        return value == null ? null : value.toString();
    }

    /** A variable of the path: one line of at most 253 characters. */
    String path(String name) {
        return line(name, header(name), 253);
    }

    /**
     * The variable {@code task_id} of the path.
     *
     * @throws ProblemException 404 when it is no UUID: there is no such task
     */
    String taskId() {
        String id = header("task_id");
        if (!TaskIds.isTaskId(id)) {
            throw new ProblemException(404, "task_id", "there is no such task");
        }
        return id;
    }

    /** One line of 1 to so many characters, or null. */
    String text(String name, int longest) {
        String value = take(name);
        return value == null ? null : line(name, value, longest);
    }

    /** What a pattern allows, or null. */
    String matching(String name, Pattern pattern, String allowed) {
        String value = take(name);
        if (value != null && !pattern.matcher(value).matches()) {
            throw wrong(name, "allowed: " + allowed);
        }
        return value;
    }

    /** One of some words, or null. */
    String oneOf(String name, List<String> allowed) {
        String value = take(name);
        if (value != null && !allowed.contains(value)) {
            throw wrong(name, "allowed: " + String.join(", ", allowed));
        }
        return value;
    }

    /** The id of a task, or null. */
    String taskId(String name) {
        String value = take(name);
        if (value != null && !TaskIds.isTaskId(value)) {
            throw wrong(name, "allowed: the task_id of a task, a UUID in lower case");
        }
        return value;
    }

    /** {@code true} or {@code false}, or null. */
    Boolean flag(String name) {
        String value = oneOf(name, List.of("true", "false"));
        return value == null ? null : Boolean.valueOf(value);
    }

    /** A time of ISO 8601 with its offset, or null. */
    Instant time(String name) {
        String value = take(name);
        try {
            return value == null ? null : OffsetDateTime.parse(value).toInstant();
        } catch (DateTimeException e) {
            throw wrong(name, "allowed: a time such as 2026-11-23T10:15:30Z ('+' is written %2B)");
        }
    }

    /** A whole number, or what holds when it is not given. */
    long number(String name, long unset, long least, long most) {
        String value = take(name);
        if (value == null) {
            return unset;
        }
        if (value.matches("[0-9]{1,18}")) {
            long number = Long.parseLong(value);
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw wrong(
                name,
                most == Long.MAX_VALUE
                        ? "allowed: an integer of " + least + " or more"
                        : "allowed: an integer from " + least + " to " + most);
    }

    /**
     * Everything was read.
     *
     * @throws ProblemException 400 naming a query parameter that this request does not have
     */
    void complete() {
        for (String name : query.keySet()) {
            throw wrong(
                    name.length() > 64 ? name.substring(0, 64) : name,
                    "there is no such parameter; allowed: "
                            + (known.isEmpty() ? "none" : String.join(", ", known)));
        }
    }

    private String take(String name) {
        known.add(name);
        List<String> values = query.remove(name);
        if (values != null && values.size() > 1) {
            throw wrong(name, "is given more than once");
        }
        return values == null ? null : values.get(0);
    }

    private static String line(String name, String value, int longest) {
        if (value.isEmpty() || value.length() > longest || !LINE.matcher(value).matches()) {
            throw wrong(name, "allowed: one line of 1 to " + longest + " characters");
        }
        return value;
    }

    private static ProblemException wrong(String name, String detail) {
        return new ProblemException(400, name, name + ": " + detail);
    }
}
