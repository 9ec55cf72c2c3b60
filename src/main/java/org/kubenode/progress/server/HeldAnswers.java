package org.kubenode.progress.server;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.kubenode.progress.problem.Problem;

/**
 * Takes an answer from whoever writes it, whole and at once, and sends it as fast as its peer
 * reads, without a thread that waits. When too much is held the answer is a 503 instead. Event
 * streams and upgrades pass: they wait for nobody by themselves.
 */
final class HeldAnswers extends Handler.Wrapper {

    /** The attribute of a request that names the user for whom its answer is held. */
    static final String PEER = HeldAnswers.class.getName() + ".peer";

    private final PeerLimits limits;
    private final Shares held;

    HeldAnswers(PeerLimits limits, Shares held) {
        this.limits = limits;
        this.held = held;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        Answer answer = new Answer(request, response, callback);
        return super.handle(request, answer, answer);
    }

    private final class Answer extends Response.Wrapper implements Callback {

        private final Callback callback;
        private final Bytes bytes = new Bytes();
        private String peer;
        private boolean refused;

        // Guarded by this.
        private boolean sending;
        private boolean sent;
        private boolean completed;
        private Throwable failure;
        private long taken;
        private Scheduler.Task end;

        Answer(Request request, Response response, Callback callback) {
            super(request, response);
            this.callback = callback;
        }

        @Override
        public void write(boolean last, ByteBuffer content, Callback written) {
            if (passes()) {
                super.write(last, content, written);
                return;
            }
            if (!refused && !hold(content)) {
                refused = true;
                giveBack();
            }
            if (last) {
                send();
            }
            written.succeeded();
        }

        private boolean passes() {
            String type = getHeaders().get(HttpHeader.CONTENT_TYPE);
            return HttpStatus.isInformational(getStatus())
                    || type != null && type.startsWith("text/event-stream");
        }

        private boolean hold(ByteBuffer content) {
            int length = BufferUtil.length(content);
            if (length == 0) {
                return true;
            }
            if (peer == null) {
                Object user = getRequest().getAttribute(PEER);
                peer = user == null ? Request.getRemoteAddr(getRequest()) : (String) user;
            }
            if (!held.take(peer, length)) {
                return false;
            }
            synchronized (this) {
                taken += length;
            }
            bytes.add(content, getHeaders().getLongField(HttpHeader.CONTENT_LENGTH));
            return true;
        }

        private void send() {
            synchronized (this) {
                if (sending) {
                    return;
                }
                sending = true;
            }
            ByteBuffer content = refused ? refusal() : bytes.all();
            long size = content.remaining();
            // A body that is still to come is not read: the peer is told that this is the end.
            if (!getRequest().consumeAvailable()) {
                getHeaders().put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());
            }
            super.write(true, content, Callback.from(this::sent, this::sent));
            synchronized (this) {
                if (!sent) {
                    end =
                            getRequest()
                                    .getComponents()
                                    .getScheduler()
                                    .schedule(
                                            this::cut,
                                            limits.allowedMillis(size),
                                            TimeUnit.MILLISECONDS);
                }
            }
        }

        private ByteBuffer refusal() {
            Problem problem =
                    Problem.of(503, null, "The replica holds too many answers that nobody reads.");
            byte[] json = problem.toJson().getBytes(StandardCharsets.UTF_8);
            super.reset();
            setStatus(HttpStatus.SERVICE_UNAVAILABLE_503);
            getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.MEDIA_TYPE);
            getHeaders().put(HttpHeader.CONTENT_LENGTH, json.length);
            getHeaders().put(HttpHeader.RETRY_AFTER, 5);
            return ByteBuffer.wrap(json);
        }

        private void cut() {
            getRequest()
                    .getConnectionMetaData()
                    .getConnection()
                    .getEndPoint()
                    .close(new TimeoutException("The answer was read too slowly"));
        }

        private void sent() {
            sent(null);
        }

        private void sent(Throwable cause) {
            boolean finished;
            synchronized (this) {
                sent = true;
                failure = cause;
                finished = completed;
                if (end != null) {
                    end.cancel();
                }
            }
            giveBack();
            if (finished) {
                finish();
            }
        }

        private void giveBack() {
            long amount;
            synchronized (this) {
                amount = taken;
                taken = 0;
            }
            held.give(peer, amount);
        }

        private void finish() {
            if (failure == null) {
                callback.succeeded();
            } else {
                callback.failed(failure);
            }
        }

        @Override
        public void succeeded() {
            boolean unsent;
            boolean underWay;
            synchronized (this) {
                completed = true;
                underWay = sending && !sent;
                unsent = !sending && taken > 0;
            }
            if (unsent) {
                send();
            } else if (!underWay) {
                finish();
            }
        }

        @Override
        public void failed(Throwable cause) {
            giveBack();
            callback.failed(cause);
        }

        @Override
        public InvocationType getInvocationType() {
            return callback.getInvocationType();
        }

        @Override
        public boolean isCommitted() {
            synchronized (this) {
                if (sending || refused || taken > 0) {
                    return true;
                }
            }
            return super.isCommitted();
        }
    }

    private static final class Bytes extends ByteArrayOutputStream {

        Bytes() {
            super(0);
        }

        /**
         * @param expected bytes in all, or a negative number when nobody knows
         */
        void add(ByteBuffer content, long expected) {
            int length = content.remaining();
            if (count == 0) {
                buf = new byte[(int) Math.max(length, Math.min(expected, 1 << 24))];
            }
            byte[] part = buf;
            if (count + length <= part.length) {
                content.get(part, count, length);
                count += length;
            } else {
                byte[] more = new byte[length];
                content.get(more);
                writeBytes(more);
            }
        }

        ByteBuffer all() {
            return ByteBuffer.wrap(buf, 0, count);
        }
    }
}
