package org.kubenode.progress.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.regex.Pattern;
import org.slf4j.Marker;

/**
 * Of warnings and errors of the libraries, and of the routes' own {@code log:} steps, one a minute
 * of each kind. Nobody can teach each of them to hold back, and any of them may be set off by a
 * client or by a server that is down. The application's classes hold back by themselves.
 */
public final class RareLines extends TurboFilter {

    private static final String OURS = "org.kubenode.progress";

    /** What tells one task, port or time from another. */
    private static final Pattern PARTICULARS = Pattern.compile("[0-9a-fA-F-]*\\d[0-9a-fA-F-]*");

    private static final int KIND_CHARACTERS = 40;

    private final LogLimit limit;

    public RareLines(LogLimit limit) {
        this.limit = limit;
        setName(RareLines.class.getName());
    }

    @Override
    public FilterReply decide(
            Marker marker,
            Logger logger,
            Level level,
            String format,
            Object[] parameters,
            Throwable thrown) {
        if (!level.isGreaterOrEqual(Level.WARN)
                || format == null
                || logger.getName().startsWith(OURS)
                || !logger.isEnabledFor(level)) {
            return FilterReply.NEUTRAL;
        }
        String kind = PARTICULARS.matcher(format).replaceAll("#");
        kind = kind.substring(0, Math.min(kind.length(), KIND_CHARACTERS));
        return limit.pass(logger.getName() + ' ' + kind) > 0
                ? FilterReply.NEUTRAL
                : FilterReply.DENY;
    }
}
