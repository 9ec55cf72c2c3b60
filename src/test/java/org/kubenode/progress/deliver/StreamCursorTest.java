package org.kubenode.progress.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamCursorTest {

    @Test
    void saysWhereTheStreamIsInEachTask() {
        StreamCursor cursor = new StreamCursor();
        cursor.after("a", 1);
        cursor.after("b", 7);
        String last = cursor.after("a", 2);

        assertThat(StreamCursor.read(last)).isEqualTo(Map.of("a", 2L, "b", 7L));
    }

    @Test
    void goesOnFromWhereTheClientWas() {
        StreamCursor cursor = new StreamCursor();
        cursor.goOnFrom(Map.of("a", 2L));

        assertThat(StreamCursor.read(cursor.after("b", 1))).isEqualTo(Map.of("a", 2L, "b", 1L));
    }

    @Test
    void keepsTheLatestTasksOnly() {
        StreamCursor cursor = new StreamCursor();
        String last = null;
        for (int i = 0; i < 1_000; i++) {
            last = cursor.after("01a20ff5-b1f9-78e5-b0e2-" + String.format("%012d", i), i);
        }

        assertThat(last).hasSizeLessThan(5_000);
        assertThat(StreamCursor.read(last))
                .hasSize(StreamCursor.MAX_TASKS)
                .containsEntry("01a20ff5-b1f9-78e5-b0e2-000000000999", 999L);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "42", "not base64 !", "AQ", "AQUBAg", "AgFhAAAAAAAAAAE", "____"})
    void takesNothingFromWhatIsNotACursor(String cursor) {
        assertThat(StreamCursor.read(cursor)).isEmpty();
    }
}
