package org.kubenode.progress.security;

import java.util.Locale;
import java.util.Optional;

/** What a caller may do, from the claim {@code role}. */
public enum Role {
    /** Does everything, and opens the Actuator and Hawtio. */
    ADMIN,
    /** Starts batches and sees its own tasks. */
    USER,
    /** Watches everybody's tasks and starts none. */
    VIEWER;

    /**
     * The role of a claim's value ({@code admin}, {@code user}, {@code viewer}, as written), or
     * empty for another value.
     */
    static Optional<Role> of(String claim) {
        for (Role role : values()) {
            if (role.claim().equals(claim)) {
                return Optional.of(role);
            }
        }
        return Optional.empty();
    }

    /** This role as the claim writes it. */
    public String claim() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether this role may start, cancel and retry batches. */
    public boolean mayStart() {
        return this != VIEWER;
    }

    /** Whether this role may see the tasks of every user. */
    public boolean seesAll() {
        return this != USER;
    }
}
