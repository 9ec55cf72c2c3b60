package org.kubenode.progress.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * JSON in whose texts {@code {name}} stands for a value. A text that is nothing else becomes the
 * value with its type. It is filled in as a tree, so no value can end a text.
 */
final class EndTemplate {

    private static final Pattern NAME = Pattern.compile("\\{([a-z_]+)}");

    private final JsonNode template;
    private final UnaryOperator<String> escape;

    /**
     * @param escape of what is written among the words of a text
     */
    EndTemplate(JsonNode template, UnaryOperator<String> escape) {
        this.template = template;
        this.escape = escape;
    }

    /** Names that values lack stay as they are written. */
    ObjectNode fill(JsonNode values) {
        return (ObjectNode) filled(template, values);
    }

    private JsonNode filled(JsonNode node, JsonNode values) {
        if (node.isTextual()) {
            return text(node.textValue(), values);
        }
        if (node instanceof ObjectNode object) {
            ObjectNode copy = object.objectNode();
            object.properties()
                    .forEach(field -> copy.set(field.getKey(), filled(field.getValue(), values)));
            return copy;
        }
        if (node instanceof ArrayNode array) {
            ArrayNode copy = array.arrayNode();
            array.forEach(item -> copy.add(filled(item, values)));
            return copy;
        }
        return node;
    }

    private JsonNode text(String text, JsonNode values) {
        Matcher name = NAME.matcher(text);
        if (name.matches() && values.has(name.group(1))) {
            JsonNode whole = values.get(name.group(1));
            return whole.isTextual() ? TextNode.valueOf(escape.apply(whole.textValue())) : whole;
        }
        return TextNode.valueOf(
                name.replaceAll(
                        found ->
                                Matcher.quoteReplacement(
                                        values.has(found.group(1))
                                                ? shown(values.get(found.group(1)))
                                                : found.group())));
    }

    private String shown(JsonNode value) {
        return value.isNull()
                ? ""
                : escape.apply(value.isTextual() ? value.textValue() : value.toString());
    }
}
