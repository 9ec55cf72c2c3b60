package org.kubenode.progress;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** One replica. The flow is in {@code routes/}; this starts what the routes stand on. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class KubeNodeProgress {

    public static void main(String[] args) {
        SpringApplication.run(KubeNodeProgress.class, args);
    }
}
