package org.kubenode.progress.config;

import java.util.Map;
import java.util.Timer;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.component.timer.TimerComponent;
import org.apache.camel.component.timer.TimerConsumer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The routes' timers go on whatever happens to the wall clock. */
@Configuration(proxyBeanMethods = false)
class TimerConfiguration {

    @Bean("timer-component")
    TimerComponent timerComponent() {
        return new MonotonicTimers();
    }

    /** Camel's component {@code timer}, with a {@link MonotonicTimer} for each consumer. */
    private static final class MonotonicTimers extends TimerComponent {

        private final Map<TimerConsumer, Timer> timers = new ConcurrentHashMap<>();

        @Override
        public Timer getTimer(TimerConsumer consumer) {
            return timers.computeIfAbsent(
                    consumer,
                    any -> new MonotonicTimer("timer://" + consumer.getEndpoint().getTimerName()));
        }

        @Override
        public void removeTimer(TimerConsumer consumer) {
            Timer timer = timers.remove(consumer);
            if (timer != null) {
                timer.cancel();
            }
        }

        @Override
        protected void doStop() throws Exception {
            timers.values().forEach(Timer::cancel);
            timers.clear();
            super.doStop();
        }
    }
}
