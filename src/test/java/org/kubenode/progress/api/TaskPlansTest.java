package org.kubenode.progress.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TaskPlansTest {

    private final List<Map<String, Object>> rows = new ArrayList<>();

    /** web is the scarcest of three nodes, db of one, and two meet none. */
    @Test
    void nodesThatWaitForOneBudgetStandApart() {
        node("a", "{\"default/web\":{\"allowed\":1,\"pods\":2}}");
        node(
                "b",
                "{\"default/web\":{\"allowed\":1,\"pods\":2},\"default/db\":{\"allowed\":9,\"pods\":1}}");
        node("c", "{\"default/web\":{\"allowed\":1,\"pods\":1}}");
        node("d", "{\"default/db\":{\"allowed\":0,\"pods\":1}}");
        node("e", "{}");
        node("f", "{}");
        Map<String, Integer> order = new TaskPlans().order(rows);
        assertThat(order.values()).containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6);
        assertThat(List.of(order.get("a"), order.get("b"), order.get("c"))).isSorted();
        assertThat(order.get("b") - order.get("a")).isGreaterThan(1);
        assertThat(order.get("c") - order.get("b")).isGreaterThan(1);
    }

    @Test
    void whatAllWaitForLeavesTheOrderOfTheNames() {
        node("a", "{\"default/web\":{\"allowed\":0,\"pods\":1}}");
        node("b", "{\"default/web\":{\"allowed\":0,\"pods\":1}}");
        assertThat(new TaskPlans().order(rows)).isEqualTo(Map.of("a", 1, "b", 2));
        assertThat(new TaskPlans().order(List.of())).isEmpty();
    }

    private void node(String name, String budgets) {
        rows.add(Map.of("node_name", name, "budgets", budgets));
    }
}
