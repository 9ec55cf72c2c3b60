package org.kubenode.progress.cluster;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kubenode.progress.problem.ProblemException;

/**
 * How many nodes of a batch may be draining at once: a number, or a share of the batch.
 *
 * @param amount nodes, or percent
 */
public record MaxDraining(int amount, boolean percent) {

    private static final Pattern PERCENT = Pattern.compile("(\\d{1,3})%");

    /**
     * @param field its name in the request
     * @param value a whole number from 1, or a text from {@code "1%"} to {@code "100%"}; null is
     *     null
     * @throws ProblemException 400 on that field
     */
    static MaxDraining parse(String field, Object value) {
        if (value == null) {
            return null;
        }
        if (value instanceof Integer number && number >= 1) {
            return new MaxDraining(number, false);
        }
        if (value instanceof String text) {
            Matcher matcher = PERCENT.matcher(text);
            if (matcher.matches()) {
                int percent = Integer.parseInt(matcher.group(1));
                if (percent >= 1 && percent <= 100) {
                    return new MaxDraining(percent, true);
                }
            }
        }
        throw new ProblemException(
                400, field, field + ": allowed: a whole number from 1, or \"1%\" to \"100%\"");
    }

    /**
     * The limit for a batch, rounded down as Kubernetes does it for Deployments, but never 0: a
     * batch that may touch no node would wait for ever.
     */
    public int of(int total) {
        int nodes = percent ? (int) ((long) total * amount / 100) : amount;
        return Math.max(1, nodes);
    }
}
