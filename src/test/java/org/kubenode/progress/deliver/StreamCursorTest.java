package org.kubenode.progress.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamCursorTest {

    private static final String A = "01a20ff5-b1f9-78e5-b0e2-00000000000a";
    private static final String B = "01a20ff5-b1f9-78e5-b0e2-00000000000b";

    @Test
    void saysWhereTheStreamIsInEachTask() {
        StreamCursor cursor = new StreamCursor();
        cursor.after(A, 1);
        cursor.after(B, 7);
        String last = cursor.after(A, 2);

        assertThat(StreamCursor.read(last)).isEqualTo(Map.of(A, 2L, B, 7L));
    }

    @Test
    void goesOnFromWhereTheClientWas() {
        StreamCursor cursor = new StreamCursor();
        cursor.goOnFrom(Map.of(A, 2L));

        assertThat(StreamCursor.read(cursor.after(B, 1))).isEqualTo(Map.of(A, 2L, B, 1L));
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

    @Test
    void whatCannotBeATaskIsNoPlace() {
        StreamCursor cursor = new StreamCursor();
        cursor.after("no-task", 3);

        assertThat(StreamCursor.read(cursor.after(A, 1))).isEqualTo(Map.of(A, 1L));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "42", "not base64 !", "AQ", "AQUBAg", "AgFhAAAAAAAAAAE", "____"})
    void takesNothingFromWhatIsNotACursor(String cursor) {
        assertThat(StreamCursor.read(cursor)).isEmpty();
    }
}
