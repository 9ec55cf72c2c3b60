package org.kubenode.progress.websocket;

/** The size of a text in UTF-8, without encoding it. */
final class Utf8 {

    private Utf8() {}

    static boolean longerThan(String text, int bytes) {
        int length = text.length();
        if (length > bytes) {
            return true;
        }
        // Three bytes a char at most; a surrogate pair has four for its two.
        return length * 3L > bytes && length(text) > bytes;
    }

    private static long length(String text) {
        long length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            length += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return length;
    }
}
