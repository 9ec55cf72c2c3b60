package org.kubenode.progress.config;

import java.util.Map;
import java.util.Timer;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.component.seda.SedaComponent;
import org.apache.camel.component.timer.TimerComponent;
import org.apache.camel.component.timer.TimerConsumer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What routes work on goes on, whatever a step throws and whatever happens to the wall clock. */
@Configuration(proxyBeanMethods = false)
class RouteThreadsConfiguration {

    @Bean
    StepErrors stepErrors() {
        return new StepErrors();
    }

    @Bean("seda-component")
    SedaComponent sedaComponent() {
        return new LastingSeda();
    }

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
