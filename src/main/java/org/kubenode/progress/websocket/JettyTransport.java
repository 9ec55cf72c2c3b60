package org.kubenode.progress.websocket;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;

/**
 * Writes to a WebSocket of Jetty, past {@code jakarta.websocket}, which cannot do three things:
 * text from bytes that were encoded once for all sessions, a ping and a close that do not block,
 * and cutting a connection.
 */
final class JettyTransport implements SocketTransport {

    private final CoreSession session;

    JettyTransport(CoreSession session) {
        this.session = session;
    }

    @Override
    public void send(Outbound message, Outbound firstSkipped, boolean more, Completion completion) {
        byte[] utf8 =
                firstSkipped == null
                        ? message.utf8()
                        : message.textAfterSkipping(firstSkipped).getBytes(StandardCharsets.UTF_8);
        // A client masks its payload in a buffer of its own, so the shared bytes stay as they are.
        Frame frame = new Frame(OpCode.TEXT, ByteBuffer.wrap(utf8));
        session.sendFrame(frame, new Sent(completion), more);
    }

    @Override
    public void ping() {
        session.sendFrame(new Frame(OpCode.PING), Callback.NOOP, false);
    }

    @Override
    public boolean answersPings() {
        return true;
    }

    @Override
    public void close(int code, String reason) {
        session.close(code, reason.isEmpty() ? null : reason, Callback.NOOP);
    }

    @Override
    public void abort() {
        session.abort();
    }

    private record Sent(Completion completion) implements Callback {

        @Override
        public void succeeded() {
            completion.done(null);
        }

        @Override
        public void failed(Throwable failure) {
            completion.done(failure);
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }
}
