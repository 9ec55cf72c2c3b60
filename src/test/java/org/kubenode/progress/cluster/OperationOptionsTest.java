package org.kubenode.progress.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.problem.ProblemException;

class OperationOptionsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "cordon|{\"force\": true}|force|cordon has no such option",
                "drain|{\"taints\": []}|taints|drain has no such option",
                "drain|{\"ignoreDaemonsets\": true}|ignoreDaemonsets|allowed: cluster_name, concurrency,",
                "cordon|{\"reason\": 7}|reason|one line of 1 to 1024",
                "cordon|{\"reason\": \"\"}|reason|one line",
                "cordon|{\"reason\": \"a\\nb\"}|reason|one line",
                "cordon|{\"dry_run\": \"yes\"}|dry_run|true or false",
                "cordon|{\"stop_after_failures\": 0}|stop_after_failures|from 1",
                "label|{}|labels|1 to 64 labels",
                "label|{\"labels\": []}|labels|1 to 64 labels",
                "label|{\"labels\": {}}|labels|1 to 64 labels",
                "label|{\"labels\": {\"-a\": \"b\"}}|labels.-a|not a label key",
                "label|{\"labels\": {\"A_B/c\": \"b\"}}|labels.A_B/c|not a label key",
                "label|{\"labels\": {\"a/b/c\": \"b\"}}|labels.a/b/c|not a label key",
                "label|{\"labels\": {\"a\": \"b c\"}}|labels.a|at most 63",
                "label|{\"labels\": {\"a\": 1}}|labels.a|null to remove",
                "taint|{}|taints|1 to 64 taints",
                "taint|{\"taints\": [\"a=b:NoSchedule\"]}|taints[0]|an object with key",
                "taint|{\"taints\": [{\"effect\": \"NoSchedule\"}]}|taints[0].key|not a label key",
                "taint|{\"taints\": [{\"key\": \"a\"}]}|taints[0].effect|NoSchedule, Prefer",
                "taint|{\"taints\": [{\"key\": \"a\", \"effect\": \"no\"}]}|taints[0].effect|NoExec",
                "taint|{\"taints\": [{\"key\": \"a\", \"valu\": \"b\"}]}|taints[0].valu|no such field",
                "taint|{\"remove\": 1, \"taints\": [{\"key\": \"a\"}]}|remove|true or false",
                "drain|{\"force\": \"true\"}|force|true or false",
                "drain|{\"ignore_daemonsets\": 1}|ignore_daemonsets|true or false",
                "drain|{\"delete_emptydir_data\": 1}|delete_emptydir_data|true or false",
                "drain|{\"grace_period_seconds\": -1}|grace_period_seconds|0 to 86400",
                "drain|{\"grace_period_seconds\": 1.5}|grace_period_seconds|whole number",
                "drain|{\"timeout_seconds\": \"10\"}|timeout_seconds|whole number",
                "drain|{\"timeout_seconds\": 86401}|timeout_seconds|0 to 86400",
                "label|{\"labels\": {\"kubernetes.io/hostname\": null}}|labels.kubernetes.io/hostname|with force",
                "label|{\"force\": 1, \"labels\": {\"a\": \"b\"}}|force|true or false",
                "drain|{\"pod_selector\": \"a in\"}|pod_selector|no label selector",
                "drain|{\"pod_selector\": 1}|pod_selector|a label selector",
                "drain|{\"skip_wait_for_delete_timeout_seconds\": -1}|skip_wait_for_delete_timeout_seconds|0 to",
                "drain|{\"disable_eviction\": 1}|disable_eviction|true or false",
                "drain|{\"disable_eviction\": true}|confirm_disable_eviction|allowed: true, beside it",
                "drain|{\"max_draining\": 0}|max_draining|from 1",
                "drain|{\"max_draining\": 1, \"max_unavailable\": 1}|max_unavailable|the old name of max_draining",
                "drain|{\"max_unavailable\": 0}|max_unavailable|from 1",
                "drain|{\"max_unavailable\": \"101%\"}|max_unavailable|100%",
                "drain|{\"max_unavailable\": \"few\"}|max_unavailable|100%",
                "drain|{\"step\": \"reboot\"}|step|drain has no such option",
                "roll|{\"max_draining\": 1}|max_draining|roll has no such option",
                "roll|{\"max_unavailable\": 0}|max_unavailable|from 1",
                "roll|{\"step\": \"drain\"}|step|an operation of one's own",
                "roll|{\"step\": \"a?b\"}|step|an operation of one's own",
                "roll|{\"step_options\": []}|step_options|an object",
                "roll|{\"ready_timeout_seconds\": 0}|ready_timeout_seconds|1 to 86400",
                "roll|{\"disable_eviction\": true}|confirm_disable_eviction|allowed: true, beside it"
            })
    void badInputNamesTheFieldAndWhatIsAllowed(
            String operation, String body, String field, String detail) throws Exception {
        assertThatThrownBy(() -> OperationOptions.validate(operation, read(body)))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        problem -> {
                            assertThat(problem.status()).isEqualTo(400);
                            assertThat(problem.problem().field()).isEqualTo(field);
                            assertThat(problem.problem().detail()).contains(detail);
                        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"taints\": [{\"key\": \"a\", \"effect\": \"NoExecute\"},"
                        + "{\"key\": \"a\", \"effect\": \"NoExecute\"}]}",
                "{\"remove\": true, \"taints\": [{\"key\": \"a\"},"
                        + "{\"key\": \"a\", \"effect\": \"NoExecute\"}]}"
            })
    void aTaintIsNamedOnce(String body) {
        assertThatThrownBy(() -> OperationOptions.validate("taint", read(body)))
                .hasMessageContaining("twice");
    }

    @Test
    void whatKubernetesAllowsIsAllowed() throws Exception {
        OperationOptions.validate(
                "cordon", read("{\"reason\": \"new disk\", \"stop_after_failures\": 3}"));
        OperationOptions.validate(
                "label", read("{\"force\": true, \"labels\": {\"kubernetes.io/hostname\": null}}"));
        OperationOptions.validate(
                "label", read("{\"labels\": {\"topology.kubernetes.io/zone\": \"a\"}}"));
        OperationOptions.validate(
                "drain",
                read(
                        "{\"disable_eviction\": true, \"confirm_disable_eviction\": true,"
                                + "\"pod_selector\": \"app in (a,b),!c\", \"max_draining\": \"5%\","
                                + "\"skip_wait_for_delete_timeout_seconds\": 60}"));
        OperationOptions.validate("uncordon", Map.of());
        OperationOptions.validate("uncordon", null);
        OperationOptions.validate(
                "label",
                read(
                        "{\"labels\": {\"a\": \"\", \"x.y-z.org/A_b.C-9\": \"v1.2_3\", \"gone\": null}}"));
        OperationOptions.validate(
                "taint",
                read(
                        "{\"taints\": [{\"key\": \"a\", \"value\": \"b\", \"effect\": \"NoSchedule\"},"
                                + "{\"key\": \"a\", \"effect\": \"NoExecute\", \"remove\": true}]}"));
        OperationOptions.validate(
                "drain",
                read(
                        "{\"force\": true, \"ignore_daemonsets\": true,"
                                + "\"delete_emptydir_data\": true, \"grace_period_seconds\": 0,"
                                + "\"timeout_seconds\": 0, \"max_unavailable\": \"10%\","
                                + "\"dry_run\": true}"));
    }

    @Test
    void anOperationOfItsOwnRouteTakesWhatItLikes() {
        assertThatCode(() -> OperationOptions.validate("reboot", Map.of("how", List.of("soft"))))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> OperationOptions.validate("reboot", Map.of("reason", 1)))
                .isInstanceOf(ProblemException.class);
    }

    @Test
    void aDrainHasAnEndUnlessToldOtherwise() {
        assertThat(OperationOptions.drain(Map.of()).timeout()).isEqualTo(Duration.ofMinutes(10));
        assertThat(OperationOptions.drain(Map.of("timeout_seconds", 0)).timeout()).isNull();
    }

    @Test
    void maxDrainingBoundsADrainOnly() {
        Map<String, Object> tenth = Map.of("max_draining", "10%");
        assertThat(OperationOptions.nodesAtOnce("drain", tenth, 55, 10)).isEqualTo(5);
        assertThat(OperationOptions.nodesAtOnce("drain", tenth, 5, 10)).isEqualTo(1);
        assertThat(OperationOptions.nodesAtOnce("drain", Map.of("max_unavailable", 3), 55, 2))
                .isEqualTo(2);
        assertThat(OperationOptions.nodesAtOnce("drain", Map.of(), 55, 10)).isEqualTo(10);
    }

    @Test
    void aRollTakesOneNodeOutOfServiceUnlessToldOtherwise() {
        Map<String, Object> tenth = Map.of("max_unavailable", "10%");
        assertThat(OperationOptions.mostOutOfService("roll", tenth, 55)).isEqualTo(5);
        assertThat(OperationOptions.mostOutOfService("roll", Map.of(), 55)).isEqualTo(1);
        assertThat(OperationOptions.mostOutOfService("drain", tenth, 55))
                .isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void whoGoesPastBudgetsIsAnAdminByWhateverOperation() {
        Map<String, Object> past =
                Map.of("disable_eviction", true, "confirm_disable_eviction", true);
        assertThat(OperationOptions.isForAdmins("drain", past)).isTrue();
        assertThat(OperationOptions.isForAdmins("roll", past)).isTrue();
        assertThat(OperationOptions.isForAdmins("roll", Map.of())).isFalse();
    }

    @Test
    void whatIsDoneAfterSomeRequestsIsQuick() throws Exception {
        Map<String, Object> taint =
                read("{\"taints\": [{\"key\": \"a\", \"effect\": \"NoSchedule\"}]}");
        Map<String, Object> evicting =
                read("{\"taints\": [{\"key\": \"a\", \"effect\": \"NoExecute\"}]}");
        assertThat(OperationOptions.isQuick("cordon", Map.of())).isTrue();
        assertThat(OperationOptions.isQuick("taint", taint)).isTrue();
        assertThat(OperationOptions.isQuick("taint", evicting)).isFalse();
        assertThat(OperationOptions.isQuick("drain", Map.of())).isFalse();
        assertThat(OperationOptions.isQuick("reboot", Map.of())).isFalse();
    }

    @Test
    void aBatchStopsAfterSoManyFailures() {
        StopRule rule = StopRule.of(Map.of("stop_after_failures", 3));
        assertThat(rule.reasonToStop(2)).isNull();
        assertThat(rule.reasonToStop(3))
                .isEqualTo("stopped after 3 failed nodes (stop_after_failures is 3)");
        assertThat(StopRule.of(Map.of()).reasonToStop(1_000)).isNull();
    }

    private static Map<String, Object> read(String body) throws Exception {
        return JSON.readValue(body, new TypeReference<>() {});
    }
}
