package org.kubenode.progress.journal;

/** Makes any text fit for rows, JSON and one line of a screen. */
public final class Texts {

    /** Bytes of UTF-8 that a text of a message may have. */
    static final int MAX_BYTES = 1_024;

    private Texts() {}

    /**
     * Without U+0000, which PostgreSQL refuses, with U+FFFD for lone surrogates, which no UTF-8
     * has, and cut between characters to {@link #MAX_BYTES}; null stays null.
     */
    public static String clean(String text) {
        if (text == null || isPlain(text)) {
            return text;
        }
        StringBuilder out = new StringBuilder(Math.min(text.length(), MAX_BYTES));
        int bytes = 0;
        for (int at = 0; at < text.length(); ) {
            int codePoint = text.codePointAt(at);
            at += Character.charCount(codePoint);
            if (codePoint == 0) {
                continue;
            }
            if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
                codePoint = 0xFFFD;
            }
            bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
            if (bytes > MAX_BYTES) {
                break;
            }
            out.appendCodePoint(codePoint);
        }
        return out.toString();
    }

    private static boolean isPlain(String text) {
        if (text.length() > MAX_BYTES) {
            return false;
        }
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == 0 || c >= 0x80) {
                return false;
            }
        }
        return true;
    }
}
