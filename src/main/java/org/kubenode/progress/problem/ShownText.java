package org.kubenode.progress.problem;

/**
 * Texts of others (names, reasons, what servers answer) as they may be shown to people: what would
 * move the cursor, end the line, or turn the order of what stands beside it, is written out as
 * {@code \\u202e}. A text that goes to programs stays as it is.
 */
public final class ShownText {

    private ShownText() {}

    /**
     * One line.
     *
     * @param text any text, or null
     * @return the text with each control and bidirectional character as a backslash, {@code u} and
     *     four hexadecimal digits; the same text when it has none; null for null
     */
    public static String line(String text) {
        return escape(text, false);
    }

    /** As {@link #line}, but ends of lines and tabs stay. */
    public static String lines(String text) {
        return escape(text, true);
    }

    private static String escape(String text, boolean lines) {
        if (text == null) {
            return null;
        }
        StringBuilder shown = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (hidden(c) && !(lines && (c == '\n' || c == '\r' || c == '\t'))) {
                if (shown == null) {
                    shown = new StringBuilder(text.length() + 16).append(text, 0, i);
                }
                shown.append(String.format("\\u%04x", (int) c));
            } else if (shown != null) {
                shown.append(c);
            }
        }
        return shown == null ? text : shown.toString();
    }

    /** C0, DEL and C1; line and paragraph separators; marks, embeddings, overrides, isolates. */
    private static boolean hidden(char c) {
        return Character.isISOControl(c)
                || c == '\u061c'
                || c >= '\u200e' && c <= '\u200f'
                || c >= '\u2028' && c <= '\u202e'
                || c >= '\u2066' && c <= '\u2069';
    }
}
