package org.kubenode.progress.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.problem.ProblemException;

class LabelSelectorTest {

    private static final Map<String, String> LABELS = Map.of("pool", "blue", "x.org/zone", "");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "pool",
                "!gone",
                "pool=blue",
                "pool == blue",
                "pool!=green",
                "gone!=green",
                "x.org/zone=",
                "pool in (blue, green)",
                "pool notin (green),x.org/zone",
                "gone notin (a), pool=blue , !other"
            })
    void selects(String selector) {
        assertThat(LabelSelector.parse(selector)).accepts(LABELS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gone",
                "!pool",
                "pool=green",
                "pool!=blue",
                "pool in (green)",
                "gone in (a)",
                "pool notin (blue)",
                "pool,gone"
            })
    void selectsNot(String selector) {
        assertThat(LabelSelector.parse(selector)).rejects(LABELS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"=a", "pool in blue", "pool=a b", ",", "pool,", "pool~a", "a in (b"})
    void refusesWhatItCannotRead(String selector) {
        assertThatThrownBy(() -> LabelSelector.parse(selector))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("is no label selector");
    }
}
