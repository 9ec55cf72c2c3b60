package org.kubenode.progress.notify;

import java.util.Set;
import org.kubenode.progress.deliver.Delivery;
import org.kubenode.progress.wire.FrameType;
import org.kubenode.progress.wire.Notification;
import org.springframework.stereotype.Component;

/** The delivery, as the poll sees it. */
@Component
final class PollListeners implements ProgressPoll.Listeners {

    private final Delivery delivery;

    PollListeners(Delivery delivery) {
        this.delivery = delivery;
    }

    @Override
    public boolean anybody() {
        return delivery.anybody();
    }

    @Override
    public boolean somebodySeesAll() {
        return delivery.somebodySeesAll();
    }

    @Override
    public Set<String> users() {
        return delivery.users();
    }

    @Override
    public Notification behind(
            String taskId, String userId, long epoch, long lastSeq, FrameType type) {
        return delivery.behind(taskId, userId, epoch, lastSeq, type);
    }
}
