package org.kubenode.progress.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ConfigurationDocumentTest {

    private static final Path PAGE = Path.of("docs", "configuration.md");

    @Test
    void pageIsFresh() throws IOException {
        String fresh = ConfigurationDocument.write();
        if (Boolean.getBoolean("docs.rewrite")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, fresh);
        }
        assertThat(Files.readString(PAGE))
                .as("stale: mvn test -Dtest=ConfigurationDocumentTest -Ddocs.rewrite=true")
                .isEqualTo(fresh);
    }

    @Test
    void everyKeyIsDocumented() {
        assertThat(Keys.all()).allMatch(key -> key.doc() != null && !key.doc().value().isBlank());
    }
}
