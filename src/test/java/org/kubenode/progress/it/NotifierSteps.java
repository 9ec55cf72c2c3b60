package org.kubenode.progress.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.kubenode.progress.testing.ReplicaProcess;

/**
 * The states that a replica's notifier went through, as its log tells them: one line a change.
 *
 * @param changes oldest first
 */
record NotifierSteps(List<Change> changes) {

    private static final Pattern LINE =
            Pattern.compile(
                    "(?m)^(\\S+)\\s.*?(Using .* for real-time progress updates"
                            + "|notifier is back, proving itself"
                            + "|notifier is interrupted: "
                            + "|notifier failed, falling back to polling: "
                            + "|Failed to create Redis notifier: )");

    private static final Map<String, List<String>> DESIGNED =
            Map.of(
                    "RECONNECTING", List.of("RECOVERING", "POLLING"),
                    "POLLING", List.of("RECOVERING"),
                    "RECOVERING", List.of("REALTIME", "RECONNECTING"),
                    "REALTIME", List.of("RECONNECTING"));

    /** A state was entered. */
    record Change(Instant at, String state) {}

    static NotifierSteps of(ReplicaProcess replica) {
        List<Change> changes = new ArrayList<>();
        Matcher line = LINE.matcher(replica.log());
        while (line.find()) {
            changes.add(
                    new Change(
                            OffsetDateTime.parse(line.group(1)).toInstant(), state(line.group(2))));
        }
        return new NotifierSteps(changes);
    }

    private static String state(String words) {
        if (words.startsWith("Using")) {
            return "REALTIME";
        }
        if (words.contains("is back")) {
            return "RECOVERING";
        }
        return words.contains("interrupted") ? "RECONNECTING" : "POLLING";
    }

    String last() {
        return changes.isEmpty() ? "RECONNECTING" : changes.get(changes.size() - 1).state();
    }

    NotifierSteps since(Instant at) {
        return new NotifierSteps(changes.stream().filter(c -> !c.at().isBefore(at)).toList());
    }

    List<String> states() {
        return changes.stream().map(Change::state).toList();
    }

    long count(String state) {
        return changes.stream().filter(change -> change.state().equals(state)).count();
    }

    /** When a state was entered for the last time. */
    Instant lastEntered(String state) {
        return changes.stream()
                .filter(change -> change.state().equals(state))
                .reduce((first, second) -> second)
                .orElseThrow()
                .at();
    }

    /** The state at a moment. */
    String at(Instant moment) {
        String state = "RECONNECTING";
        for (Change change : changes) {
            if (change.at().isAfter(moment)) {
                break;
            }
            state = change.state();
        }
        return state;
    }

    /** Since when the state at a moment lasts; the beginning of time for the first. */
    Instant enteredBefore(Instant moment) {
        Instant entered = Instant.MIN;
        for (Change change : changes) {
            if (change.at().isAfter(moment)) {
                break;
            }
            entered = change.at();
        }
        return entered;
    }

    /** Every change is one of the design, and none is told twice or left out. */
    void assertDesigned(ReplicaProcess replica) {
        String state = "RECONNECTING";
        for (Change change : changes) {
            assertThat(DESIGNED.get(state))
                    .as("after " + state + " in " + states() + " of " + replica.logFile())
                    .contains(change.state());
            state = change.state();
        }
        assertThat(replica.log().split("Falling back to polling mode", -1).length - 1)
                .as("falls to polling that are told")
                .isEqualTo((int) count("POLLING"));
    }

    /** Such as {@code RECONNECTING → POLLING}; many times the same few in a row are counted. */
    @Override
    public String toString() {
        List<String> states = states();
        for (int length = 1; length <= 4; length++) {
            if (states.size() > length * 2 && states.size() % length == 0) {
                List<String> first = states.subList(0, length);
                boolean same = true;
                for (int i = 0; i < states.size(); i++) {
                    same &= states.get(i).equals(first.get(i % length));
                }
                if (same) {
                    return states.size() / length + " × (" + joined(first) + ")";
                }
            }
        }
        return joined(states);
    }

    private static String joined(List<String> states) {
        return states.stream().collect(Collectors.joining(" → "));
    }
}
