package org.kubenode.progress.batch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import org.kubenode.progress.cluster.Done.Change;
import org.kubenode.progress.journal.Texts;

/**
 * What a task has changed of a node from what, over all who tried it: what was there before the
 * first change, and what is there after the last.
 */
final class Changes {

    /** Of UTF-8, as the column takes them. */
    private static final int MAX_BYTES = 1_024;

    private static final String CUT = "truncated";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, Change> fields = new LinkedHashMap<>();
    private boolean cut;
    private String told;

    /**
     * @param row the last {@link #json()} of an earlier owner, or null
     */
    Changes(String row) {
        if (row == null) {
            return;
        }
        try {
            JsonNode earlier = JSON.readTree(row);
            cut = earlier.has(CUT);
            for (Map.Entry<String, JsonNode> field : earlier.properties()) {
                if (field.getValue().isObject()) {
                    fields.put(field.getKey(), JSON.convertValue(field.getValue(), Change.class));
                }
            }
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("change of a row is not JSON", e);
        }
    }

    /** What a field was before the first change; null for nothing, or unchanged. */
    Object before(String field) {
        return fields.containsKey(field) ? fields.get(field).from() : null;
    }

    /** What is again as it was is no change. */
    void add(Map<String, Change> later) {
        later.forEach(
                (field, change) -> {
                    Change earlier = fields.get(field);
                    Object from = earlier == null ? change.from() : earlier.from();
                    if (Objects.equals(from, change.to())) {
                        fields.remove(field);
                    } else {
                        fields.put(field, new Change(from, change.to()));
                    }
                });
    }

    /** Whole fields, as many as fit, and {@code "truncated": true} where not all do; or null. */
    String json() {
        if (fields.isEmpty() && !cut) {
            return null;
        }
        StringJoiner object = new StringJoiner(",", "{", "}");
        int left = MAX_BYTES - "{\"truncated\":true}".length();
        boolean all = !cut;
        for (Map.Entry<String, Change> field : fields.entrySet()) {
            Change change = field.getValue();
            Map<String, Object> values = new LinkedHashMap<>();
            values.put("from", clean(change.from()));
            values.put("to", clean(change.to()));
            String text = text(field.getKey()) + ":" + text(values);
            left -= text.getBytes(StandardCharsets.UTF_8).length + 1;
            if (left < 0) {
                all = false;
                break;
            }
            object.add(text);
        }
        return (all ? object : object.add("\"" + CUT + "\":true")).toString();
    }

    /** The same, or null when it was told before. */
    String news() {
        String now = json();
        if (Objects.equals(now, told)) {
            return null;
        }
        told = now;
        return now;
    }

    private static Object clean(Object value) {
        return value instanceof String text ? Texts.clean(text) : value;
    }

    private static String text(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON", e);
        }
    }
}
