package org.kubenode.progress.chaos;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Which faults come when: decided by the seed alone. */
final class FaultPlan {

    /**
     * A fault to come.
     *
     * @param atMs after the start
     * @param target which replica or client, modulo how many there are
     */
    record Planned(long atMs, FaultKind kind, int target, int durationMs) {}

    private FaultPlan() {}

    static List<Planned> of(Scenario scenario) {
        Random random = new Random(scenario.seed());
        Map<FaultKind, Integer> weights = new EnumMap<>(FaultKind.class);
        weights.putAll(scenario.weights());
        int total = weights.values().stream().mapToInt(Integer::intValue).sum();
        List<Planned> plan = new ArrayList<>();
        long at = 1_000;
        while (true) {
            at += (long) (scenario.pauseMs() * (0.2 + 1.6 * random.nextDouble()));
            int pick = random.nextInt(Math.max(1, total));
            FaultKind kind = null;
            for (Map.Entry<FaultKind, Integer> entry : weights.entrySet()) {
                kind = entry.getKey();
                pick -= entry.getValue();
                if (pick < 0) {
                    break;
                }
            }
            Planned planned =
                    new Planned(
                            at,
                            kind,
                            random.nextInt(1_000),
                            kind == null ? 0 : durationMs(kind, random, scenario));
            if (kind == null || at > scenario.length().toMillis()) {
                return plan;
            }
            plan.add(planned);
        }
    }

    private static int durationMs(FaultKind kind, Random random, Scenario scenario) {
        int planned = kind.durationMs(random.nextDouble());
        return planned == 0 ? 0 : Math.max(planned, scenario.leastMs());
    }
}
