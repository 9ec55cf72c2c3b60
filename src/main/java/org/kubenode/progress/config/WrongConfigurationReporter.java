package org.kubenode.progress.config;

import org.kubenode.progress.problem.ShownText;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.springframework.boot.SpringBootExceptionReporter;

/**
 * Shows {@link WrongConfiguration} as its lines alone, and a route file that cannot be read as one
 * line with file and place; neither with a stack trace.
 */
class WrongConfigurationReporter implements SpringBootExceptionReporter {

    @Override
    public boolean reportException(Throwable failure) {
        if (failure instanceof WrongConfiguration wrong) {
            System.err.println(wrong.getMessage());
            return true;
        }
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 20; depth++) {
            if (cause instanceof MarkedYamlEngineException route) {
                System.err.println("A route file cannot be read: " + ShownText.line(line(route)));
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    /** What is wrong and where, without the excerpt that follows. */
    private static String line(MarkedYamlEngineException failure) {
        String where =
                failure.getProblemMark()
                        .map(
                                mark ->
                                        " in %s, line %d, column %d"
                                                .formatted(
                                                        mark.getName(),
                                                        mark.getLine() + 1,
                                                        mark.getColumn() + 1))
                        .orElse("");
        return failure.getProblem() + where;
    }
}
