package org.kubenode.progress.chaos;

import java.util.List;

/** Judges a history by what was promised; it knows nothing else of the run. */
final class Checker {

    private static final List<Rule> RULES =
            List.of(
                    new OrderRule(),
                    new CompletenessRule(),
                    new TerminalRule(),
                    new StalenessRule(),
                    new ListsRule(),
                    new AcknowledgedRule(),
                    new MuteRule(),
                    new TrustRule(),
                    new OwnUserRule(),
                    new LeaseRule(),
                    new RowsRule(),
                    new LeftoverRule());

    private Checker() {}

    static Verdict check(List<Event> history) {
        Evidence evidence = new Evidence(history);
        Verdict verdict = new Verdict();
        RULES.forEach(rule -> rule.check(evidence, verdict));
        return verdict;
    }
}
