package org.kubenode.progress.share;

/**
 * So many places of a kind, shared between users and between clusters. Whoever holds some leaves a
 * reserve free, so that a newcomer finds a place at once whatever the others do with theirs. Half
 * of the reserve, rounded up, is for new users alone; and none of one cluster's users get the other
 * half, which is for those of other clusters. Pure arithmetic: who counts what is held locks.
 *
 * @param all how many there are, from 0
 * @param reserve how many of them are for newcomers, below all
 */
public record Places(int all, int reserve) {

    private static final int TENTH = 10;

    /** A tenth is reserved, at least one; of a single place none. */
    public static Places of(int all) {
        return new Places(all, Math.max(0, Math.min(all - 1, Math.max(1, all / TENTH))));
    }

    /** A newcomer holds fewer than that: at least 1. */
    public int few() {
        return Math.max(1, reserve / 4);
    }

    /** Of the reserve, what is for new users alone. */
    public int forUsers() {
        return reserve - reserve / 2;
    }

    /** The most that are held for one cluster, by however many users. */
    public int mostOfCluster() {
        return all - reserve / 2;
    }

    /**
     * Whether one more may be taken.
     *
     * @param free how many nobody holds
     * @param ofUser how many the user holds who asks
     * @param ofCluster how many are held for the cluster that it is for
     */
    public boolean open(long free, long ofUser, long ofCluster) {
        boolean newUser = ofUser < few() && ofCluster < mostOfCluster();
        boolean newCluster = ofCluster < few() && free > forUsers();
        return free > reserve || free > 0 && (newUser || newCluster);
    }

    /** Whether one more may be taken of a kind that clusters have no part in. */
    public boolean openTo(long ofUser, long free) {
        return free > (ofUser < few() ? 0 : reserve);
    }
}
