package org.kubenode.progress.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

class ConfigurationTest {
    @Configuration
    @EnableConfigurationProperties({
        DatabaseProperties.class,
        JwtProperties.class,
        ProgressProperties.class,
        ClustersProperties.class
    })
    static class App {}

    @Test
    void starts() {
        SpringApplication app = new SpringApplication(App.class);
        app.setWebApplicationType(WebApplicationType.NONE);
        try (ConfigurableApplicationContext c =
                app.run(
                        "--clusters[0].name=test",
                        "--clusters[0].type=simulated",
                        "--progress.redis.sentinel_addrs=a:1,b:2")) {
            System.out.println(c.getBean(ProgressProperties.class));
            System.out.println(c.getBean(ClustersProperties.class));
            System.out.println(c.getBean(DatabaseProperties.class).listenPort());
            for (Key k : Keys.plain())
                System.out.println(k.kebab() + "=" + c.getEnvironment().getProperty(k.kebab()));
            assertThat(c.getEnvironment().getProperty("progress.transport")).isEqualTo("postgres");
        }
    }
}
