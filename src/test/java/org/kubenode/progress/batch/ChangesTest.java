package org.kubenode.progress.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.cluster.Done.Change;

class ChangesTest {

    private final Changes changes = new Changes(null);

    @Test
    void nothingChangedIsNothing() {
        assertThat(changes.json()).isNull();
        changes.add(Map.of());
        assertThat(changes.news()).isNull();
    }

    @Test
    void whatIsAgainAsItWasIsNoChange() {
        changes.add(Map.of("unschedulable", new Change(false, true)));
        assertThat(changes.json()).isEqualTo("{\"unschedulable\":{\"from\":false,\"to\":true}}");
        changes.add(Map.of("unschedulable", new Change(true, false)));
        assertThat(changes.json()).isNull();
    }

    @Test
    void aTakeOverKeepsWhatWasThereBeforeTheFirstChange() {
        changes.add(Map.of("reason", new Change(null, "disk")));
        Changes next = new Changes(changes.json());
        next.add(Map.of("reason", new Change("disk", "fan")));
        assertThat(next.json()).isEqualTo("{\"reason\":{\"from\":null,\"to\":\"fan\"}}");
    }

    @Test
    void itIsToldOnceUntilMoreWasChanged() {
        changes.add(Map.of("a", new Change(1, 2)));
        assertThat(changes.news()).isEqualTo("{\"a\":{\"from\":1,\"to\":2}}");
        assertThat(changes.news()).isNull();
        changes.add(Map.of("a", new Change(2, 3)));
        assertThat(changes.news()).isEqualTo("{\"a\":{\"from\":1,\"to\":3}}");
    }

    @Test
    void moreThanARowTakesIsCutBetweenFieldsAndSaysSo() {
        Map<String, Change> many = new LinkedHashMap<>();
        for (int i = 0; i < 64; i++) {
            many.put("labels.example.com/" + i, new Change("ä\ud800\u0000".repeat(8), null));
        }
        changes.add(many);
        String json = changes.json();
        assertThat(json.getBytes(StandardCharsets.UTF_8)).hasSizeBetween(900, 1_024);
        assertThat(json).endsWith("},\"truncated\":true}").doesNotContain("u0000", "\ud800");
        assertThat(new Changes(json).json()).isEqualTo(json);
    }
}
