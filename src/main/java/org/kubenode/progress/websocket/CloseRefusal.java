package org.kubenode.progress.websocket;

/**
 * Why a socket is closed as soon as it is open.
 *
 * @param code a close code, such as 4401
 * @param reason at most 123 bytes of UTF-8
 */
public record CloseRefusal(int code, String reason) {}
