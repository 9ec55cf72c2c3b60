package org.kubenode.progress.websocket;

import java.nio.charset.StandardCharsets;

/** Close codes of RFC 6455 section 7.4, the IANA registry, and ours (4000 and above). */
final class CloseCodes {

    static final int NORMAL = 1000;
    static final int CANNOT_ACCEPT = 1003;
    static final int ABNORMAL = 1006;
    static final int POLICY = 1008;
    static final int TOO_BIG = 1009;
    static final int INTERNAL_ERROR = 1011;
    static final int SERVICE_RESTART = 1012;
    static final int TRY_AGAIN_LATER = 1013;
    static final int TOKEN_EXPIRED = 4401;
    static final int FORBIDDEN = 4403;

    /** A close frame carries at most 125 bytes, two of them for the code. */
    private static final int MAX_REASON_BYTES = 123;

    private CloseCodes() {}

    /** The reason, cut at a character so that it fits a close frame. */
    static String reason(String reason) {
        if (reason == null) {
            return "";
        }
        String cut = reason;
        while (cut.getBytes(StandardCharsets.UTF_8).length > MAX_REASON_BYTES) {
            cut = cut.substring(0, cut.offsetByCodePoints(cut.length(), -1));
        }
        return cut;
    }
}
