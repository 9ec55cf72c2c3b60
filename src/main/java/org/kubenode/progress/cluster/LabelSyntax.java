package org.kubenode.progress.cluster;

import java.util.regex.Pattern;

/** What Kubernetes allows in label and taint keys and values (apimachinery validation.go). */
final class LabelSyntax {

    private static final Pattern NAME =
            Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");
    private static final Pattern SUBDOMAIN =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
    private static final int MAX_PREFIX = 253;

    private LabelSyntax() {}

    /** A qualified name: an optional DNS subdomain and a slash, then at most 63 characters. */
    static boolean isKey(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            return NAME.matcher(text).matches();
        }
        String prefix = text.substring(0, slash);
        return prefix.length() <= MAX_PREFIX
                && SUBDOMAIN.matcher(prefix).matches()
                && NAME.matcher(text.substring(slash + 1)).matches();
    }

    /** Empty, or at most 63 characters that begin and end with a letter or digit. */
    static boolean isValue(String text) {
        return text.isEmpty() || NAME.matcher(text).matches();
    }
}
