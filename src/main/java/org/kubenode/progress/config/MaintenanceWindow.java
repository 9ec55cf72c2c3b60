package org.kubenode.progress.config;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Arrays;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.scheduling.support.CronExpression;

/**
 * When work may begin: it opens by a cron expression in a time zone, and closes so long after. No
 * record: its parts are no keys of the configuration.
 */
public final class MaintenanceWindow {

    private static final int CRON_FIELDS = 6;
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofDays(7);

    private final String text;
    private final CronExpression opens;
    private final Duration length;
    private final ZoneId zone;

    private MaintenanceWindow(String text, CronExpression opens, Duration length, ZoneId zone) {
        this.text = text;
        this.opens = opens;
        this.length = length;
        this.zone = zone;
    }

    /**
     * Reads {@code 0 0 22 * * SAT 6h Europe/Berlin}: six fields as Spring's {@link CronExpression}
     * reads them, a duration of a second to seven days, and a time zone.
     *
     * @throws IllegalArgumentException when it is something else
     */
    public static MaintenanceWindow valueOf(String text) {
        String[] parts = text.trim().split("\\s+");
        if (parts.length != CRON_FIELDS + 2) {
            throw new IllegalArgumentException("six fields of cron, a duration and a time zone");
        }
        CronExpression opens =
                CronExpression.parse(String.join(" ", Arrays.copyOf(parts, CRON_FIELDS)));
        if (opens.next(ZonedDateTime.now()) == null) {
            throw new IllegalArgumentException("it never opens");
        }
        Duration length = DurationStyle.detectAndParse(parts[CRON_FIELDS]);
        if (length.compareTo(SHORTEST) < 0 || length.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("a window lasts from 1s to 7d");
        }
        try {
            return new MaintenanceWindow(text, opens, length, ZoneId.of(parts[CRON_FIELDS + 1]));
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("no time zone: " + e.getMessage(), e);
        }
    }

    /** When it closes that is open at this moment; null while it is closed. */
    public ZonedDateTime closes(Instant at) {
        ZonedDateTime now = at.atZone(zone);
        ZonedDateTime opened = opens.next(now.minus(length));
        return opened == null || opened.isAfter(now) ? null : opened.plus(length);
    }

    /** When it opens next after this moment. */
    public ZonedDateTime opens(Instant after) {
        return opens.next(after.atZone(zone));
    }

    @Override
    public String toString() {
        return text;
    }
}
