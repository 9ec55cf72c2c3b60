package org.kubenode.progress.server;

import jakarta.servlet.ServletRequest;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;
import org.eclipse.jetty.util.thread.Scheduler;
import org.kubenode.progress.problem.ProblemException;

/** Admits the requests of users, and reads their bodies without a thread that waits. */
public final class Peers {

    private final PeerLimits limits;
    private final Shares held;
    private final Shares requests;

    private final Strangers strangers;

    Peers(PeerLimits limits, Shares held, Strangers strangers) {
        this.strangers = strangers;
        this.limits = limits;
        this.held = held;
        this.requests = new Shares(Long.MAX_VALUE, limits.requests());
    }

    /** Whoever sent this has shown a token that counts. */
    public void known(ServletRequest request) {
        strangers.forget(
                ServletContextRequest.getServletContextRequest(request)
                        .getConnectionMetaData()
                        .getConnection());
    }

    /**
     * Takes a place for a request until it ends; its answer is held for this peer.
     *
     * @return whether there was one
     */
    public boolean admit(ServletRequest request, String peer) {
        if (!requests.take(peer, 1)) {
            return false;
        }
        known(request);
        Request jetty = ServletContextRequest.getServletContextRequest(request);
        jetty.setAttribute(HeldAnswers.PEER, peer);
        Request.addCompletionListener(jetty, failure -> requests.give(peer, 1));
        return true;
    }

    /**
     * Reads the body of a request.
     *
     * @param peer for whom it is held until the request ends
     * @param largest bytes
     * @return the body; done already when it came with the head. Fails with a {@link
     *     ProblemException}: 408 when it comes too slowly, 413 when it is larger, 503 when too much
     *     is held, 400 when it ends too early
     */
    public CompletableFuture<byte[]> body(ServletRequest request, String peer, int largest) {
        Request jetty = ServletContextRequest.getServletContextRequest(request);
        Reading reading = new Reading(jetty, peer, largest);
        reading.run();
        reading.watch();
        return reading.body;
    }

    private final class Reading implements Invocable.Task {

        private final CompletableFuture<byte[]> body = new CompletableFuture<>();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final Request request;
        private final String peer;
        private final int largest;
        private final long begun = System.nanoTime();
        private volatile long received;
        private volatile Scheduler.Task check;

        Reading(Request request, String peer, int largest) {
            this.request = request;
            this.peer = peer;
            this.largest = largest;
        }

        @Override
        public void run() {
            while (true) {
                Content.Chunk chunk = request.read();
                if (chunk == null) {
                    request.demand(this);
                    return;
                }
                if (Content.Chunk.isFailure(chunk)) {
                    end(failure(chunk.getFailure()));
                    return;
                }
                try {
                    ProblemException refusal = take(chunk);
                    if (refusal != null || chunk.isLast()) {
                        end(refusal);
                        return;
                    }
                } finally {
                    chunk.release();
                }
            }
        }

        private ProblemException take(Content.Chunk chunk) {
            int length = chunk.remaining();
            if (received + length > largest) {
                return tooLarge(largest);
            }
            if (length > 0) {
                if (!held.take(peer, length)) {
                    return new ProblemException(
                            503,
                            null,
                            "The replica holds too many unfinished requests and answers.");
                }
                if (received == 0) {
                    Request.addCompletionListener(request, ended -> held.give(peer, received));
                }
                received += length;
                byte[] part = new byte[length];
                chunk.get(part, 0, length);
                bytes.writeBytes(part);
            }
            return null;
        }

        private void end(ProblemException failure) {
            Scheduler.Task pending = check;
            if (pending != null) {
                pending.cancel();
            }
            if (failure == null) {
                body.complete(bytes.toByteArray());
            } else {
                body.completeExceptionally(failure);
            }
        }

        private ProblemException failure(Throwable cause) {
            return cause instanceof TimeoutException
                    ? new ProblemException(408, null, "The body came too slowly.")
                    : new ProblemException(400, null, "The body ended too early.");
        }

        /** Looks again and again whether the body comes fast enough, until it is there. */
        void watch() {
            if (body.isDone()) {
                return;
            }
            long spent = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
            long left = limits.allowedMillis(received) - spent;
            if (left <= 0) {
                // Whoever waits for the next bytes is called with this failure.
                request.fail(new TimeoutException("The body came too slowly"));
            } else {
                check =
                        request.getComponents()
                                .getScheduler()
                                .schedule(this::watch, left, TimeUnit.MILLISECONDS);
            }
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }

    /** The refusal of a body of more bytes. */
    public static ProblemException tooLarge(int largest) {
        return new ProblemException(413, null, "A body has at most " + largest + " bytes.");
    }
}
