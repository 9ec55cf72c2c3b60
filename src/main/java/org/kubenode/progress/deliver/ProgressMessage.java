package org.kubenode.progress.deliver;

import java.util.concurrent.atomic.AtomicInteger;
import org.kubenode.progress.websocket.EncodedOutbound;
import org.kubenode.progress.websocket.Outbound;
import org.kubenode.progress.websocket.SocketSession;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.NodeResults;
import org.kubenode.progress.wire.WireCodec;

/** A frame on its way to sockets, encoded once for all of them. */
final class ProgressMessage extends EncodedOutbound {

    private final WireCodec codec;
    private final Frame frame;
    private final NodeResults nodes;
    private final boolean snapshot;
    private final boolean durable;
    private final AtomicInteger untimed = new AtomicInteger();
    private volatile DeliveryListener listener;
    private volatile String path;

    private ProgressMessage(
            WireCodec codec, Frame frame, NodeResults nodes, boolean snapshot, boolean durable) {
        this.codec = codec;
        this.frame = frame;
        this.nodes = nodes;
        this.snapshot = snapshot;
        this.durable = durable;
    }

    /** A progress frame. */
    static ProgressMessage live(WireCodec codec, Frame frame, boolean durable) {
        return new ProgressMessage(codec, frame, null, false, durable);
    }

    /** A terminal frame, which carries the nodes. */
    static ProgressMessage terminal(
            WireCodec codec, Frame frame, NodeResults nodes, boolean durable) {
        return new ProgressMessage(codec, frame, nodes, false, durable);
    }

    /** The state of a task up to a seq. */
    static ProgressMessage snapshot(
            WireCodec codec, Frame frame, NodeResults nodes, boolean durable) {
        return new ProgressMessage(codec, frame, nodes, true, durable);
    }

    /**
     * Has the first writes told of: those to the sockets that waited for it. Who comes later and is
     * given what is kept says nothing of how long the message took.
     */
    void tell(DeliveryListener told, String deliveredBy, int sockets) {
        path = deliveredBy;
        listener = told;
        untimed.set(sockets);
    }

    @Override
    public void sent(SocketSession session) {
        DeliveryListener told = listener;
        if (told != null && untimed.get() > 0 && untimed.getAndDecrement() > 0) {
            told.delivered(frame, path);
        } else {
            // A snapshot, or what others had before.
            session.replayed(utf8().length);
        }
    }

    /** One of the sockets that were told of does not want it. */
    void leftOut() {
        untimed.updateAndGet(left -> Math.max(0, left - 1));
    }

    /** This message for a socket that was not given those from a seq on. */
    Outbound afterLeftOut(long firstSeq) {
        ProgressMessage whole = this;
        return new EncodedOutbound() {
            @Override
            protected String encode() {
                return whole.encode(firstSeq);
            }

            @Override
            public Object key() {
                return whole.key();
            }

            @Override
            public String eventId(SocketSession session) {
                return whole.eventId(session);
            }

            @Override
            public void sent(SocketSession session) {
                whole.sent(session);
            }
        };
    }

    boolean isSnapshot() {
        return snapshot;
    }

    Frame frame() {
        return frame;
    }

    boolean durable() {
        return durable;
    }

    @Override
    protected String encode() {
        return encode(0);
    }

    @Override
    public Object key() {
        return frame.taskId();
    }

    @Override
    public boolean skippable() {
        return !snapshot && !frame.mustBeSeen();
    }

    @Override
    public String textAfterSkipping(Outbound firstSkipped) {
        return encode(((ProgressMessage) firstSkipped).frame.seq());
    }

    @Override
    public String eventId(SocketSession session) {
        return ProgressSockets.cursor(session).after(frame.taskId(), frame.seq());
    }

    private String encode(long skippedFrom) {
        return nodes == null
                ? codec.encode(frame, durable, skippedFrom)
                : codec.encodeWithNodes(frame, nodes, snapshot, durable, skippedFrom);
    }
}
