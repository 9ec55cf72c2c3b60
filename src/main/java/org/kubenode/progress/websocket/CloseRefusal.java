package org.kubenode.progress.websocket;

/**
 * How a socket that must not stay open is closed.
 *
 * @param code the close code, 1000 to 4999
 * @param reason at most 123 bytes of UTF-8 (RFC 6455, section 5.5)
 */
public record CloseRefusal(int code, String reason) {}
