package org.kubenode.progress.config;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationFailedEvent;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.event.SpringApplicationEvent;
import org.springframework.context.ApplicationListener;

/**
 * Ends a process that is asked to stop before it was ready. Spring's own shutdown hook waits for
 * the lock that the start holds until its end, however long that takes, and then stops what has
 * only just begun as politely as anything else. So little is at stake that it ends as if killed:
 * what it may have claimed goes on elsewhere.
 */
public final class StopWhileStarting implements ApplicationListener<SpringApplicationEvent> {

    private static final Logger LOG = LoggerFactory.getLogger(StopWhileStarting.class);

    /** What a start that is nearly over, and then the polite stop, may still take. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    /** 128 and the number of SIGTERM, as the JVM itself has it. */
    private static final int EXIT_CODE = 143;

    private volatile boolean over;

    @Override
    public void onApplicationEvent(SpringApplicationEvent event) {
        if (event instanceof ApplicationPreparedEvent) {
            // Before this the JVM ends at once by itself: no hook of anybody's waits for anything.
            Runtime.getRuntime().addShutdownHook(new Thread(this::asked, "stop-while-starting"));
        } else if (event instanceof ApplicationReadyEvent
                || event instanceof ApplicationFailedEvent) {
            over = true;
        }
    }

    private void asked() {
        if (over) {
            return;
        }
        Thread end = new Thread(StopWhileStarting::end, "end-the-start");
        end.setDaemon(true);
        end.start();
        LOG.info("Asked to stop while starting: ends within {}", GRACE);
    }

    private static void end() {
        try {
            Thread.sleep(GRACE.toMillis());
        } catch (InterruptedException e) {
            // Nobody interrupts it, and if so: now.
        }
        Runtime.getRuntime().halt(EXIT_CODE);
    }
}
