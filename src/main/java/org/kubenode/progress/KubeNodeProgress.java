package org.kubenode.progress;

import java.util.OptionalInt;
import org.kubenode.progress.config.CommandLine;
import org.kubenode.progress.config.StopWhileStarting;
import org.kubenode.progress.security.AccessToken;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** One replica. The flow is in {@code routes/}; this starts what the routes stand on. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class KubeNodeProgress {

    public static void main(String[] args) {
        OptionalInt exitCode =
                CommandLine.answer(
                        KubeNodeProgress.class, args, AccessToken::of, System.out, System.err);
        if (exitCode.isPresent()) {
            System.exit(exitCode.getAsInt());
        }
        SpringApplication application = new SpringApplication(KubeNodeProgress.class);
        application.addListeners(new StopWhileStarting());
        application.run(args);
    }
}
