package org.kubenode.progress.security;

/**
 * Who sent a request, from the token alone.
 *
 * @param userId the user as text, 1 to 128 characters; 1 and "1" are one user
 * @param username a name to show, never null
 * @param role what the user may do
 * @param grants where it may do so
 */
public record Caller(String userId, String username, Role role, Grants grants) {

    /** A caller whom no grants narrow. */
    public Caller(String userId, String username, Role role) {
        this(userId, username, role, Grants.EVERYTHING);
    }

    /**
     * Whether the caller sees the tasks of every user. One whom grants narrow sees its own: the
     * others may be of clusters that are none of its business.
     */
    public boolean seesAll() {
        return role.seesAll() && grants.everything();
    }

    /** Whether the caller may approve batches of others on a cluster. */
    public boolean mayApprove(String cluster) {
        return role.mayStart()
                && (grants.approve(cluster) || role == Role.ADMIN && grants.everything());
    }

    /** Whether a task of this user may be shown to the caller. */
    public boolean maySee(String owner) {
        return seesAll() || userId.equals(owner);
    }
}
