package org.kubenode.progress.websocket;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An event stream (text/event-stream, WHATWG HTML 9.2) on a response that never blocks. */
final class SseTransport implements SocketTransport, WriteListener {

    private static final Logger LOG = LoggerFactory.getLogger(SseTransport.class);

    private static final byte[] PING = ": ping\n\n".getBytes(StandardCharsets.UTF_8);
    private static final byte[] ID = "id: ".getBytes(StandardCharsets.UTF_8);
    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.UTF_8);

    private enum Step {
        /** The container has not yet said that it is ready. */
        STARTING,
        IDLE,
        /** Written, to be flushed. */
        FLUSH,
        /** Flushed, or to be with the next; done as soon as the output is ready again. */
        FLUSHED,
        ENDED
    }

    private final AsyncContext context;
    private final ServletOutputStream out;
    private volatile SocketSession session;

    // Guarded by this.
    private Step step = Step.STARTING;
    private byte[] pending;
    private boolean more;
    private Completion completion;
    // The first comment makes the answer's head go out.
    private boolean pingDue = true;
    private boolean closing;

    SseTransport(AsyncContext context, ServletOutputStream out) {
        this.context = context;
        this.out = out;
    }

    /** To be told of failures; given once, before anything is written. */
    void setSession(SocketSession session) {
        this.session = session;
    }

    @Override
    public void send(Outbound message, Outbound firstSkipped, boolean more, Completion completion) {
        byte[] event = event(message, firstSkipped, session);
        synchronized (this) {
            if (step != Step.ENDED) {
                this.pending = event;
                this.more = more;
                this.completion = completion;
                event = null;
            }
        }
        if (event == null) {
            advance();
        } else {
            completion.done(new IOException("The stream has ended"));
        }
    }

    static byte[] event(Outbound message, Outbound firstSkipped, SocketSession session) {
        byte[] utf8 =
                firstSkipped == null
                        ? message.utf8()
                        : message.textAfterSkipping(firstSkipped).getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream event = new ByteArrayOutputStream(utf8.length + 64);
        String id = message.eventId(session);
        if (id != null) {
            event.writeBytes(ID);
            event.writeBytes(id.getBytes(StandardCharsets.UTF_8));
            event.write('\n');
        }
        event.writeBytes(DATA);
        for (int i = 0; i < utf8.length; i++) {
            byte b = utf8[i];
            if (b == '\r' && i + 1 < utf8.length && utf8[i + 1] == '\n') {
                continue;
            }
            event.write(b == '\r' ? '\n' : b);
            if (b == '\n' || b == '\r') {
                event.writeBytes(DATA);
            }
        }
        event.write('\n');
        event.write('\n');
        return event.toByteArray();
    }

    @Override
    public void ping() {
        synchronized (this) {
            pingDue = true;
        }
        advance();
    }

    @Override
    public boolean answersPings() {
        return false;
    }

    @Override
    public void close(int code, String reason) {
        synchronized (this) {
            closing = true;
        }
        advance();
    }

    @Override
    public void abort() {
        synchronized (this) {
            step = Step.ENDED;
        }
        ServletContextRequest.getServletContextRequest(context.getRequest())
                .getConnectionMetaData()
                .getConnection()
                .getEndPoint()
                .close();
    }

    @Override
    public void onWritePossible() {
        synchronized (this) {
            if (step == Step.STARTING) {
                step = Step.IDLE;
            }
        }
        advance();
    }

    @Override
    public void onError(Throwable failure) {
        fail(failure);
    }

    /** Does what the output is ready for. Never waits: else the container calls again. */
    private void advance() {
        Completion finished = null;
        boolean complete = false;
        try {
            synchronized (this) {
                while (finished == null && !complete && mayWrite() && out.isReady()) {
                    if (step == Step.FLUSH) {
                        step = Step.FLUSHED;
                        out.flush();
                    } else if (step == Step.FLUSHED) {
                        step = Step.IDLE;
                        if (pending == null) {
                            finished = completion;
                            completion = null;
                        }
                    } else {
                        complete = writeNext();
                    }
                }
            }
        } catch (IOException | RuntimeException e) {
            fail(e);
            return;
        }
        if (finished != null) {
            finished.done(null);
            // A ping or a close may have come meanwhile.
            advance();
        } else if (complete) {
            complete();
        }
    }

    private boolean mayWrite() {
        return switch (step) {
            case STARTING, ENDED -> false;
            case IDLE -> pending != null || pingDue || closing;
            case FLUSH, FLUSHED -> true;
        };
    }

    /** Returns whether the stream is at its end. */
    private boolean writeNext() throws IOException {
        if (pending != null) {
            byte[] event = pending;
            pending = null;
            step = more ? Step.FLUSHED : Step.FLUSH;
            out.write(event);
        } else if (closing) {
            step = Step.ENDED;
            return true;
        } else {
            pingDue = false;
            step = Step.FLUSH;
            out.write(PING);
        }
        return false;
    }

    private void fail(Throwable failure) {
        Completion waiting;
        synchronized (this) {
            if (step == Step.ENDED) {
                return;
            }
            step = Step.ENDED;
            waiting = completion;
            completion = null;
            pending = null;
        }
        LOG.debug("Stream of {} failed: {}", session, failure.toString());
        SocketSession failed = session;
        if (failed != null) {
            failed.closed(CloseCodes.ABNORMAL, "the connection is lost");
        }
        if (waiting != null) {
            waiting.done(failure);
        }
        complete();
    }

    private void complete() {
        try {
            context.complete();
        } catch (IllegalStateException e) {
            LOG.debug("Stream of {} was complete already", session);
        }
    }
}
