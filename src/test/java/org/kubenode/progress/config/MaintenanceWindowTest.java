package org.kubenode.progress.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaintenanceWindowTest {

    private static Instant at(String text) {
        return Instant.parse(text);
    }

    @Test
    void itIsOpenFromItsFirstMomentToBeforeItsLastByTheClockOfItsZone() {
        MaintenanceWindow window = MaintenanceWindow.valueOf("0 0 22 * * SAT 6h Europe/Berlin");
        assertThat(window.closes(at("2026-12-05T20:59:59Z"))).isNull();
        assertThat(window.closes(at("2026-12-05T21:00:00Z")))
                .isEqualTo("2026-12-06T04:00:00+01:00[Europe/Berlin]");
        assertThat(window.closes(at("2026-12-06T02:59:59Z"))).isNotNull();
        assertThat(window.closes(at("2026-12-06T03:00:00Z"))).isNull();
        assertThat(window.opens(at("2026-12-06T03:00:00Z")))
                .isEqualTo("2026-12-12T22:00:00+01:00[Europe/Berlin]");
    }

    /** 2026-10-25 has 25 hours there: six of them are six. */
    @Test
    void itLastsAsLongWhenClocksAreSet() {
        MaintenanceWindow window = MaintenanceWindow.valueOf("0 0 22 * * SAT 6h Europe/Berlin");
        assertThat(window.closes(at("2026-10-24T20:00:00Z")))
                .isEqualTo("2026-10-25T03:00:00+01:00[Europe/Berlin]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0 22 * * SAT 6h Europe/Berlin",
                "0 0 25 * * SAT 6h Europe/Berlin",
                "0 0 0 30 2 * 6h UTC",
                "0 0 22 * * SAT 6 hours UTC",
                "0 0 22 * * SAT 0s UTC",
                "0 0 22 * * SAT 8d UTC",
                "0 0 22 * * SAT 6h Berlin"
            })
    void whatIsNoWindowIsRefused(String text) {
        assertThatThrownBy(() -> MaintenanceWindow.valueOf(text))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
