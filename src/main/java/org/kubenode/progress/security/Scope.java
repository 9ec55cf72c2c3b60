package org.kubenode.progress.security;

import java.util.Locale;
import org.kubenode.progress.problem.ProblemException;

/** Whose tasks a list, a socket or a stream shows. */
public enum Scope {
    /** The caller's own. */
    OWN,
    /** Those of every user. */
    ALL;

    /**
     * The scope that a caller asked for.
     *
     * @param requested {@code own}, {@code all}, or null or empty for the default, which is {@code
     *     all} for a viewer and {@code own} for the others
     * @throws ProblemException 400 for any other value, 403 for {@code all} by a caller who sees
     *     only its own tasks
     */
    public static Scope of(Caller caller, String requested) {
        if (requested == null || requested.isEmpty()) {
            return caller.role() == Role.VIEWER && caller.seesAll() ? ALL : OWN;
        }
        return switch (requested) {
            case "own" -> OWN;
            case "all" -> {
                if (!caller.seesAll()) {
                    throw new ProblemException(
                            403,
                            "scope",
                            "scope=all is for the roles viewer and admin without grants.");
                }
                yield ALL;
            }
            default -> throw new ProblemException(400, "scope", "scope is own or all.");
        };
    }

    /** This scope as a request writes it. */
    public String parameter() {
        return name().toLowerCase(Locale.ROOT);
    }
}
