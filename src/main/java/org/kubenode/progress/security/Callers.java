package org.kubenode.progress.security;

import org.kubenode.progress.problem.ProblemException;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.stereotype.Component;

/** The caller of the request that the present thread works for. */
@Component("callers")
public class Callers {

    /**
     * @return the caller, never null
     * @throws ProblemException 401 when this thread works for no authenticated request
     */
    public Caller current() {
        Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
        if (authentication instanceof CallerAuthentication known && known.caller() != null) {
            return known.caller();
        }
        throw new ProblemException(401, null, "A bearer token is needed.");
    }

    /**
     * The scope that the present caller asked for, {@code own} or {@code all}; see {@link
     * Scope#of}.
     *
     * @param requested the query parameter {@code scope}, or null
     */
    public String scope(String requested) {
        return Scope.of(current(), requested).parameter();
    }
}
