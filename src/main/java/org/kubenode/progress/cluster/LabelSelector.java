package org.kubenode.progress.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kubenode.progress.problem.ProblemException;

/**
 * A label selector as kubectl reads it: {@code a=b}, {@code a!=b}, {@code a in (b,c)}, {@code a
 * notin (b)}, {@code a}, {@code !a}, joined by commas.
 */
final class LabelSelector {

    private static final String KEY = "(?<key>[A-Za-z0-9][-A-Za-z0-9_./]*)";
    private static final Pattern TERM =
            Pattern.compile(
                    "\\s*(?:"
                            + KEY
                            + "\\s*(?:(?<eq>==|=|!=)\\s*(?<value>[-A-Za-z0-9_.]*)"
                            + "|\\s(?<set>in|notin)\\s*\\((?<values>[-A-Za-z0-9_.,\\s]*)\\))?"
                            + "|!\\s*(?<absent>[A-Za-z0-9][-A-Za-z0-9_./]*))\\s*(?:,|$)");

    private LabelSelector() {}

    /**
     * @param text the selector; empty selects everything
     * @throws ProblemException 400 on {@code selector}
     */
    static Predicate<Map<String, String>> parse(String text) {
        return parse("selector", text);
    }

    /** The same for another field of a request. */
    static Predicate<Map<String, String>> parse(String field, String text) {
        List<Predicate<Map<String, String>>> terms = new ArrayList<>();
        Matcher matcher = TERM.matcher(text);
        int at = 0;
        while (at < text.length()) {
            if (!matcher.find(at) || matcher.start() != at) {
                throw unreadable(field, text);
            }
            terms.add(term(matcher));
            at = matcher.end();
        }
        if (text.stripTrailing().endsWith(",")) {
            throw unreadable(field, text);
        }
        return labels -> terms.stream().allMatch(term -> term.test(labels));
    }

    private static Predicate<Map<String, String>> term(Matcher matcher) {
        String absent = matcher.group("absent");
        if (absent != null) {
            return labels -> !labels.containsKey(absent);
        }
        String key = matcher.group("key");
        if (matcher.group("eq") != null) {
            String value = matcher.group("value");
            return matcher.group("eq").equals("!=")
                    ? labels -> !value.equals(labels.get(key))
                    : labels -> value.equals(labels.get(key));
        }
        if (matcher.group("set") != null) {
            List<String> values =
                    Arrays.stream(matcher.group("values").split(",")).map(String::trim).toList();
            return matcher.group("set").equals("in")
                    ? labels -> labels.containsKey(key) && values.contains(labels.get(key))
                    : labels -> !values.contains(labels.get(key));
        }
        return labels -> labels.containsKey(key);
    }

    private static ProblemException unreadable(String field, String text) {
        return new ProblemException(
                400,
                field,
                "'"
                        + text
                        + "' is no label selector; allowed: key=value, key!=value, key in (a,b),"
                        + " key notin (a,b), key, !key, joined by commas");
    }
}
