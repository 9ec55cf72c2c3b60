package org.kubenode.progress.api;

import org.kubenode.progress.log.LogLimit;
import org.kubenode.progress.problem.Problem;
import org.kubenode.progress.problem.ProblemException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a client is told of an error. */
public final class Problems {

    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

    private final LogLimit limit = new LogLimit();

    /** What a refusal carries, or a 500 that says no more than that. */
    public Problem of(Throwable thrown) {
        Problem problem = Problem.from(thrown);
        if (problem.status() == 500) {
            if (limit.pass(thrown.getClass().getName()) > 0) {
                LOG.error("A request failed", thrown);
            }
        }
        return problem;
    }

    /** Nobody can know at present. */
    public Problem databaseUnavailable() {
        return new ProblemException(503, null, "the database does not answer; try again later")
                .problem();
    }
}
