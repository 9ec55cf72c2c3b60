package org.kubenode.progress.config;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.env.EnvironmentPostProcessorApplicationListener;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** Prepares an environment as the start does, with variables of the test's own, and no more. */
final class Prepared {

    private final Map<String, Object> variables = new HashMap<>();

    static Prepared with(String variable, String value) {
        return new Prepared().and(variable, value);
    }

    Prepared and(String variable, String value) {
        variables.put(variable, value);
        return this;
    }

    static ConfigurableEnvironment of(String... args) {
        return new Prepared().environment(args);
    }

    ConfigurableEnvironment environment(String... args) {
        StandardEnvironment environment = new StandardEnvironment();
        environment
                .getPropertySources()
                .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                                variables));
        AtomicReference<ConfigurableEnvironment> prepared = new AtomicReference<>();
        SpringApplication application = new SpringApplication(Prepared.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        application.setEnvironment(environment);
        application.addListeners(new Stop(prepared));
        try {
            application.run(args);
        } catch (SpringApplication.AbandonedRunException e) {
            return prepared.get();
        }
        throw new IllegalStateException("The start went on");
    }

    private record Stop(AtomicReference<ConfigurableEnvironment> prepared)
            implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {

        @Override
        public int getOrder() {
            return EnvironmentPostProcessorApplicationListener.DEFAULT_ORDER + 1;
        }

        @Override
        public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
            prepared.set(event.getEnvironment());
            throw new SpringApplication.AbandonedRunException();
        }
    }
}
