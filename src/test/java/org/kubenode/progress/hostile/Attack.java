package org.kubenode.progress.hostile;

import java.util.regex.Pattern;

/**
 * What somebody does who means no good, in a bounded form.
 *
 * @param clients that do it at once, again and again
 * @param refusal what at least one of them must be told
 */
record Attack(String name, int clients, Act act, Pattern refusal) {

    /** What one client does once. */
    interface Act {
        /**
         * @param client 0 for the first
         * @return what it was told: the head of an answer, a frame, code and reason of a close, or
         *     nothing
         */
        String once(Target at, int client) throws Exception;
    }

    Attack(String name, int clients, Act act, String refusal) {
        this(name, clients, act, Pattern.compile(refusal, Pattern.CASE_INSENSITIVE));
    }

    /** As many clients who mean well: each asks for its tasks four times a second. */
    Attack control() {
        return new Attack("nobody", clients, Target::askPolitely, "200");
    }

    @Override
    public String toString() {
        return name;
    }
}
