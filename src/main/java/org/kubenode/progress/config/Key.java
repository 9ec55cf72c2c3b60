package org.kubenode.progress.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.util.unit.DataSize;

/**
 * One configuration key, as found in the records of this package.
 *
 * @param name as documented, for example {@code progress.poll_interval} or {@code clusters[].name}
 * @param component where its value and its {@link Doc} stand
 * @param defaultValue the plain default value, or null when there is none
 */
record Key(String name, RecordComponent component, String defaultValue) {

    /** The annotation is one of parameters only: it stands on the record's constructor. */
    static Key of(String name, Class<?> type, int index) {
        DefaultValue value =
                type.getDeclaredConstructors()[0].getParameters()[index].getAnnotation(
                        DefaultValue.class);
        return new Key(
                name,
                type.getRecordComponents()[index],
                value == null || value.value().length == 0
                        ? null
                        : String.join(",", value.value()));
    }

    static String snake(String javaName) {
        return javaName.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    /** What is left of a key when the ways to write it are set aside: case, dashes, indices. */
    static String canonical(String name) {
        return name.toLowerCase(Locale.ROOT)
                .replaceAll("[-_]", "")
                .replaceAll("\\[[^\\]]*\\]", "[]");
    }

    /** An enum's value as it is written in a configuration. */
    static String text(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    Doc doc() {
        return component.getAnnotation(Doc.class);
    }

    boolean secret() {
        return doc().secret();
    }

    boolean list() {
        return component.getType() == List.class;
    }

    /** From texts of somebody else's to texts. */
    boolean map() {
        return component.getType() == Map.class;
    }

    /** The type of the value, for a list that of one element, for a map that of one value. */
    Class<?> type() {
        if (map()) {
            return String.class;
        }
        if (list()) {
            return (Class<?>)
                    ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0];
        }
        return component.getType();
    }

    boolean text() {
        return type() == String.class;
    }

    /** As Spring's placeholders find it: {@code progress.poll-interval}. */
    String kebab() {
        return name.replace('_', '-');
    }

    ConfigurationPropertyName propertyName() {
        return ConfigurationPropertyName.of(kebab());
    }

    /** What the key takes, in words that follow "allowed:". */
    String allowed() {
        Class<?> type = type();
        if (!doc().allowed().isEmpty()) {
            return doc().allowed();
        }
        if (type == boolean.class) {
            return "true or false";
        }
        if (type == int.class || type == Integer.class) {
            return "a whole number" + range();
        }
        if (type == Duration.class) {
            return "milliseconds, or a duration such as 500ms, 10s, 5m, 7d" + range();
        }
        if (type == DataSize.class) {
            return "bytes, or a size such as 64KB, 1MB" + range();
        }
        if (type.isEnum()) {
            return Arrays.stream(type.getEnumConstants())
                    .map(value -> text((Enum<?>) value))
                    .collect(Collectors.joining(", "));
        }
        return list() ? "a list" : "a text";
    }

    private String range() {
        if (doc().min().isEmpty()) {
            return "";
        }
        return " from " + doc().min() + " to " + doc().max();
    }

    /** Whether a converted value lies within the documented bounds. */
    boolean allows(Object value) {
        if (value instanceof Integer number) {
            return doc().min().isEmpty()
                    || number >= Integer.parseInt(doc().min())
                            && number <= Integer.parseInt(doc().max());
        }
        if (value instanceof Duration duration) {
            return duration.compareTo(DurationStyle.detectAndParse(doc().min())) >= 0
                    && duration.compareTo(DurationStyle.detectAndParse(doc().max())) <= 0;
        }
        if (value instanceof DataSize size) {
            return size.compareTo(DataSize.parse(doc().min())) >= 0
                    && size.compareTo(DataSize.parse(doc().max())) <= 0;
        }
        if (value instanceof String text) {
            return text.isEmpty() || doc().pattern().isEmpty() || text.matches(doc().pattern());
        }
        return true;
    }

    /** The key's value in the record that holds it. */
    Object in(Record holder) {
        try {
            return component.getAccessor().invoke(holder);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The one way in which a value reaches the routes: milliseconds, bytes, lower case. */
    static String plain(Object value) {
        if (value instanceof Duration duration) {
            return Long.toString(duration.toMillis());
        }
        if (value instanceof DataSize size) {
            return Long.toString(size.toBytes());
        }
        if (value instanceof Enum<?> constant) {
            return text(constant);
        }
        return String.valueOf(value);
    }
}
