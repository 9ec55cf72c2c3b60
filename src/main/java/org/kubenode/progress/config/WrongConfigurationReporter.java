package org.kubenode.progress.config;

import org.springframework.boot.SpringBootExceptionReporter;

/** Shows {@link WrongConfiguration} as its lines alone, without a stack trace. */
class WrongConfigurationReporter implements SpringBootExceptionReporter {

    @Override
    public boolean reportException(Throwable failure) {
        if (failure instanceof WrongConfiguration wrong) {
            System.err.println(wrong.getMessage());
            return true;
        }
        return false;
    }
}
