package org.kubenode.progress.chaos;

/** Nobody is shown anything of another user. */
final class OwnUserRule implements Rule {

    @Override
    public void check(Evidence evidence, Verdict verdict) {
        for (Evidence.Client client : evidence.clients()) {
            for (Evidence.Link link : client.connections.values()) {
                for (Event.Framed frame : link.frames) {
                    Event.Task task = evidence.task(frame.taskId());
                    String owner = task == null ? frame.user() : task.user();
                    boolean foreign =
                            !client.maySee(owner)
                                    || !frame.user().isEmpty() && !client.maySee(frame.user());
                    if (foreign && !frame.gone()) {
                        verdict.violation(
                                Violation.Kind.FOREIGN,
                                "client %s of user %s was shown %s of user %s",
                                client.name,
                                client.user,
                                frame,
                                owner);
                    }
                }
            }
        }
    }
}
