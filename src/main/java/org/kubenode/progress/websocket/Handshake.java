package org.kubenode.progress.websocket;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Base64;
import java.util.Collections;
import java.util.List;

/** What a client's opening handshake must be: RFC 6455, section 4.2.1. */
public final class Handshake {

    private static final String UPGRADE = "Upgrade";
    private static final String VERSION = "Sec-WebSocket-Version";
    private static final String KEY = "Sec-WebSocket-Key";
    private static final int KEY_BYTES = 16;

    private Handshake() {}

    /**
     * Why a request opens no socket.
     *
     * @param status the HTTP status: 400 or 426
     * @param header the header at fault; null when it is none
     * @param wanted what the answer's header of that name says (RFC 9110, section 15.5.22); null
     *     for none
     */
    public record Refusal(int status, String header, String wanted, String reason) {}

    /** Why this request is no handshake; null when it is one. */
    public static Refusal refusal(HttpServletRequest request) {
        if (!isUpgrade(request)) {
            return new Refusal(
                    426,
                    UPGRADE,
                    "websocket",
                    "This is a WebSocket, and the request has no header Upgrade: websocket. A proxy on the way must"
                            + " pass Upgrade and Connection on (nginx: proxy_http_version 1.1; proxy_set_header"
                            + " Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\";).");
        }
        if ("HTTP/1.0".equals(request.getProtocol())) {
            return new Refusal(400, null, null, "A WebSocket handshake is HTTP/1.1 or newer.");
        }
        if (!"13".equals(request.getHeader(VERSION))) {
            return new Refusal(426, VERSION, "13", "WebSocket version 13 only.");
        }
        if (!"GET".equals(request.getMethod())) {
            return new Refusal(400, null, null, "A WebSocket handshake is a GET.");
        }
        if (!asksToUpgrade(request)) {
            return new Refusal(400, "Connection", null, "Connection must name Upgrade.");
        }
        if (!hasKey(request)) {
            return new Refusal(400, KEY, null, "One Sec-WebSocket-Key of 16 bytes in Base64.");
        }
        return null;
    }

    /** A WebSocket client's request whose {@code Upgrade} somebody on the way has taken. */
    public static boolean lostItsUpgrade(HttpServletRequest request) {
        return !isUpgrade(request) && request.getHeader(KEY) != null;
    }

    private static boolean isUpgrade(HttpServletRequest request) {
        return "websocket".equalsIgnoreCase(request.getHeader(UPGRADE));
    }

    private static boolean asksToUpgrade(HttpServletRequest request) {
        for (String line : Collections.list(request.getHeaders("Connection"))) {
            for (String value : line.split(",")) {
                if ("upgrade".equalsIgnoreCase(value.trim())) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean hasKey(HttpServletRequest request) {
        List<String> keys = Collections.list(request.getHeaders(KEY));
        try {
            return keys.size() == 1
                    && keys.get(0).endsWith("==")
                    && Base64.getDecoder().decode(keys.get(0)).length == KEY_BYTES;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
