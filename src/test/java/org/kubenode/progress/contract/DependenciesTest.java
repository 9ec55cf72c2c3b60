package org.kubenode.progress.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.jetty.util.Jetty;
import org.junit.jupiter.api.Test;

class DependenciesTest {

    /** Whoever raises Jetty reads the note again, and takes it away when it is mended. */
    @Test
    void theNoteOnJettyIsThatOfTheVersionInUse() throws IOException {
        assertThat(Files.readString(Path.of("docs/security.md")))
                .as("the note on CVE-2026-19203 and CVE-2026-19204 in docs/security.md")
                .contains("Jetty " + Jetty.VERSION + " has two advisories");
    }

    @Test
    void noImageMovesByItself() throws IOException {
        for (String file :
                new String[] {
                    "Dockerfile",
                    "docker-compose.yml",
                    "configs/kubernetes/deployment.yaml",
                    "configs/kubernetes/kustomization.yaml"
                }) {
            assertThat(Files.readAllLines(Path.of(file)))
                    .as(file)
                    .noneMatch(
                            line ->
                                    line.matches(
                                            "\\s*image: [^:$]+|\\s*newTag: latest|.*:latest.*"));
        }
    }
}
