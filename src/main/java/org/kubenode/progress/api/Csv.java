package org.kubenode.progress.api;

import java.util.List;
import java.util.Map;
import org.springframework.http.MediaType;

/** Rows as CSV (RFC 4180) that a spreadsheet shows and does not run. */
final class Csv {

    private static final MediaType TYPE = new MediaType("text", "csv");

    private Csv() {}

    /**
     * Whether it is to be CSV: named, and by its quality at least as welcome as JSON (RFC 9110,
     * 12.5.1).
     *
     * @param accept the header's value, or null
     */
    static boolean isWanted(String accept) {
        double csv = 0;
        double json = 0;
        for (MediaType type : MediaType.parseMediaTypes(accept)) {
            if (type.equalsTypeAndSubtype(TYPE)) {
                csv = Math.max(csv, type.getQualityValue());
            } else if (type.includes(MediaType.APPLICATION_JSON)) {
                json = Math.max(json, type.getQualityValue());
            }
        }
        return csv > 0 && csv >= json;
    }

    /** A line of the columns' names, and one for each row. */
    static String write(List<String> columns, List<Map<String, Object>> rows) {
        StringBuilder text = new StringBuilder(String.join(",", columns)).append("\r\n");
        for (Map<String, Object> row : rows) {
            String separator = "";
            for (String column : columns) {
                text.append(separator).append(cell(row.get(column)));
                separator = ",";
            }
            text.append("\r\n");
        }
        return text.toString();
    }

    /**
     * A spreadsheet takes a text that begins with {@code = + - @}, a tab or a carriage return for a
     * formula (OWASP, CSV Injection): such a one gets an apostrophe before it.
     */
    private static String cell(Object value) {
        if (value == null) {
            return "";
        }
        String text = value.toString();
        if (!text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0) {
            text = "'" + text;
        }
        return text.matches("(?s).*[\",\r\n'\t].*") ? '"' + text.replace("\"", "\"\"") + '"' : text;
    }
}
