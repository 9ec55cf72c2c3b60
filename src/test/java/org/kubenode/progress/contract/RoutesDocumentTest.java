package org.kubenode.progress.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class RoutesDocumentTest {

    private static final Path PAGE = Path.of("docs", "routes.md");

    @Test
    void pageIsFresh() throws IOException {
        String fresh = RoutesDocument.write(RouteFile.all());
        if (Boolean.getBoolean("docs.rewrite")) {
            Files.writeString(PAGE, fresh);
        }
        assertThat(Files.readString(PAGE))
                .as("stale: mvn test -Dtest=RoutesDocumentTest -Ddocs.rewrite=true")
                .isEqualTo(fresh);
    }

    @Test
    void everyRouteStandsInIt() {
        String page = RoutesDocument.write(RouteFile.all());
        for (RouteFile file : RouteFile.all()) {
            file.routes()
                    .forEach(
                            route ->
                                    assertThat(page)
                                            .contains("\n| `" + route.path("id").asText() + "` |"));
        }
    }
}
