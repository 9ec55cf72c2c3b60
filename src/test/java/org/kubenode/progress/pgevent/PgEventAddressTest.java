package org.kubenode.progress.pgevent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.camel.impl.DefaultCamelContext;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PgEventAddressTest {

    @ParameterizedTest
    @CsvSource({
        "db.example:6432/kube_node_manager/progress_update,db.example,6432",
        "db.example/kube_node_manager/progress_update,db.example,5432",
        "//db.example:6432/kube_node_manager/progress_update,db.example,6432",
        "///kube_node_manager/progress_update,localhost,5432",
        "kube_node_manager/progress_update,localhost,5432",
        "[::1]:6432/kube_node_manager/progress_update,::1,6432"
    })
    void readsTheFormsOfCamelPgevent(String path, String host, int port) {
        assertThat(PgEventAddress.parse(path))
                .isEqualTo(new PgEventAddress(host, port, "kube_node_manager", "progress_update"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "progress_update",
                "localhost:5432/progress_update",
                "localhost:0/db/channel",
                "localhost:99999/db/channel",
                "user:s3cret@localhost:5432/db/channel",
                "localhost/a/b/c"
            })
    void refusesAnythingElseWithoutRepeatingIt(String path) {
        assertThatThrownBy(() -> PgEventAddress.parse(path))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void refusesAChannelThatTheServerWouldCut() {
        assertThatThrownBy(() -> PgEventAddress.parse("h/db/" + "c".repeat(64)))
                .hasMessageContaining("63 bytes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pgevent:h:5432/db/channel?user=u&pass=s3cret",
                "pgevent:h:5432/db/channel?password=s3cret",
                "pgevent://u:s3cret@h:5432/db/channel"
            })
    void aSecretInTheUriIsRefusedAndNotRepeated(String uri) throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.getRegistry().bind("pgevent", new PgEventComponent());
            assertThatThrownBy(() -> context.getEndpoint(uri))
                    .satisfies(
                            refusal ->
                                    assertThat(Throwables.getStackTrace(refusal))
                                            .doesNotContain("s3cret"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pingInterval=0", "queueSize=-1", "reconnectDelay=x", "unknown=1"})
    void aWrongOptionStopsTheStart(String option) throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.getRegistry().bind("pgevent", new PgEventComponent());
            assertThatThrownBy(() -> context.getEndpoint("pgevent:h/db/channel?" + option))
                    .hasStackTraceContaining(option.split("=")[0]);
        }
    }
}
