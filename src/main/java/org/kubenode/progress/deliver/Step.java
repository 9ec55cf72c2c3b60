package org.kubenode.progress.deliver;

import java.util.Collection;
import java.util.List;
import org.kubenode.progress.websocket.Mailing;
import org.kubenode.progress.websocket.Outbound;

/** What the delivery of a task does next. */
public sealed interface Step {

    /**
     * Messages go to sockets.
     *
     * @param messages in order, each encoded once
     * @param sockets the sessions, as the WebSocket component knows them
     */
    record Send(List<Outbound> messages, Collection<Object> sockets) implements Step, Mailing {}

    /**
     * The rows are asked.
     *
     * @param taskId whose
     * @param lane those of one lane follow one another: the user that it is done for
     * @param since the messages after this seq
     * @param limit at most so many messages
     * @param nodes whether the nodes' final results are wanted too
     * @param feed takes the answer
     */
    record Read(String taskId, String lane, long since, int limit, boolean nodes, Feed feed)
            implements Step {}
}
