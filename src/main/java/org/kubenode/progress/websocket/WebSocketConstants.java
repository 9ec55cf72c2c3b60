package org.kubenode.progress.websocket;

/** Names in exchanges of {@code websocket-jsr356}. A client can set none of them. */
public final class WebSocketConstants {

    /** The component's scheme and the name of its bean. */
    public static final String SCHEME = "websocket-jsr356";

    /** Header, in: {@link #OPEN}, {@link #MESSAGE} or {@link #CLOSE}. */
    public static final String EVENT = "CamelWebSocketEvent";

    /**
     * Header. In: the session's id. Out: who receives, one id or {@link SocketSession}, or a
     * collection of them.
     */
    public static final String SESSION = "CamelWebSocketSession";

    /** Header. In: the principal's name, absent for none. Out: all sockets of this user. */
    public static final String USER = "CamelWebSocketUser";

    /** Header, out: true sends to every session of the path. */
    public static final String SEND_TO_ALL = "CamelWebSocketSendToAll";

    /** Header, set by the producer: how many sessions took the message. */
    public static final String RECEIVERS = "CamelWebSocketReceivers";

    /** Header of a close event: the close code, 1006 when the connection was lost. */
    public static final String CLOSE_CODE = "CamelWebSocketCloseCode";

    /** Exchange property, in: the {@link SocketSession}. */
    public static final String SESSION_PROPERTY = "webSocketSession";

    /** Values of {@link #EVENT}. */
    public static final String OPEN = "open";

    public static final String MESSAGE = "message";

    public static final String CLOSE = "close";

    /**
     * Session attribute: false closes a slow session at the hard limit and skips nothing before.
     */
    public static final String CONFLATE = "conflate";

    /** Session attribute of an event stream: the request's {@code Last-Event-ID}, if any. */
    public static final String LAST_EVENT_ID = "lastEventId";

    private WebSocketConstants() {}
}
