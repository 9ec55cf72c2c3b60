/**
 * The Camel component {@code websocket-jsr356}: WebSocket and Server-Sent Events with one bounded
 * queue and one writer a session, on Jetty.
 *
 * <p>It knows nothing of tasks, tokens or progress, so any other route may use it. What must not
 * depend on the web server is plain Java ({@link org.kubenode.progress.websocket.SocketSession},
 * {@link org.kubenode.progress.websocket.OutboundQueue}); the rest binds it to Camel and Jetty.
 */
package org.kubenode.progress.websocket;
