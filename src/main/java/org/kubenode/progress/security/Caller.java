package org.kubenode.progress.security;

/**
 * Who sent a request, from the token alone.
 *
 * @param userId the user as text, 1 to 128 characters; 1 and "1" are one user
 * @param username a name to show, never null
 * @param role what the user may do
 */
public record Caller(String userId, String username, Role role) {

    /** Whether a task of this user may be shown to the caller. */
    public boolean maySee(String owner) {
        return role.seesAll() || userId.equals(owner);
    }
}
