package org.kubenode.progress.cluster;

/**
 * One entry of {@code taints}.
 *
 * @param value empty for none
 * @param effect {@code NoSchedule}, {@code PreferNoSchedule} or {@code NoExecute}; null only in a
 *     removal, where it means every effect
 * @param remove whether the taint goes
 */
public record TaintChange(String key, String value, String effect, boolean remove) {

    /** Whether a taint of this key and effect is the one meant. */
    public boolean matches(String otherKey, String otherEffect) {
        return key.equals(otherKey) && (effect == null || effect.equals(otherEffect));
    }

    /**
     * Whether a present taint is the one to remove; a value, where given, has to match as well.
     *
     * @param otherValue null or empty for none
     */
    public boolean removes(String otherKey, String otherValue, String otherEffect) {
        return remove
                && matches(otherKey, otherEffect)
                && (value.isEmpty() || value.equals(otherValue));
    }

    /** As kubectl writes it. */
    @Override
    public String toString() {
        return key
                + (value.isEmpty() ? "" : "=" + value)
                + (effect == null ? "" : ":" + effect)
                + (remove ? "-" : "");
    }
}
