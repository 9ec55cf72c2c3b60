package org.kubenode.progress.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.kubenode.progress.hostile.Siege.Held;
import org.kubenode.progress.hostile.Siege.Times;
import org.kubenode.progress.testing.Servers;

/**
 * What an innocent user feels of each attack, beside as many clients who mean well: {@code mvn
 * -Phostile verify}. The table is left in target/hostile.md.
 */
@Tag("hostile")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileIT {

    private static final int ROUNDS = 3;
    private static final int SAMPLES = Integer.getInteger("hostile.samples", 1_000);
    private static final double[] QUANTILES = {0.5, 0.99};
    private static final double[] MOST = {2, 3};
    private static final long MIB = 1 << 20;

    private final List<String> table = new ArrayList<>();
    private Siege siege;

    @BeforeAll
    void start() throws Exception {
        siege = new Siege(Servers.database().options(), 20);
        // Warm.
        siege.round(Attacks.all().get(0).control(), SAMPLES, Duration.ZERO);
        table.add("| attack | request p50, p99 | message p50, p99 | batch p50, p99 | is told |");
        table.add("|---|---|---|---|---|");
    }

    @AfterAll
    void end() throws IOException {
        siege.close();
        Files.write(Path.of("target", "hostile.md"), table);
        table.forEach(System.out::println);
    }

    static List<Attack> attacks() {
        String only = System.getProperty("hostile.only", "");
        return Attacks.all().stream().filter(attack -> attack.name().contains(only)).toList();
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void costsAnInnocentUserLittleAndTheReplicaNothing(Attack attack) throws Exception {
        Held before = siege.held();
        Held first = null;
        double[][][] ratios = new double[3][QUANTILES.length][ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            Times usual = siege.round(attack.control(), SAMPLES, Duration.ZERO);
            Times beside = siege.round(attack, SAMPLES, Duration.ofSeconds(15));
            for (int what = 0; what < 3; what++) {
                for (int q = 0; q < QUANTILES.length; q++) {
                    ratios[what][q][round] =
                            Times.quantile(beside.all().get(what), QUANTILES[q])
                                    / Times.quantile(usual.all().get(what), QUANTILES[q]);
                }
            }
            if (round == 0) {
                first = settled(before);
            }
        }
        Held after = settled(first);
        StringJoiner row = new StringJoiner(" | ", "| ", " |");
        row.add(attack.name());
        for (double[][] of : ratios) {
            row.add(String.format(Locale.ROOT, "%.2f, %.2f", median(of[0]), median(of[1])));
        }
        row.add(siege.told(attack).lines().findFirst().orElse(""));
        table.add(row.toString());
        System.out.printf("%s%nbefore %s, first %s, after %s%n", row, before, first, after);

        assertThat(siege.told(attack)).containsPattern(attack.refusal());
        for (double[][] of : ratios) {
            for (int q = 0; q < QUANTILES.length; q++) {
                assertThat(median(of[q])).as(row.toString()).isLessThanOrEqualTo(MOST[q]);
            }
        }
        assertThat(after.bytes() - before.bytes()).isLessThanOrEqualTo(5 * MIB);
        assertThat(after.threads()).isLessThanOrEqualTo(first.threads());
        assertThat(after.descriptors()).isLessThanOrEqualTo(first.descriptors());
    }

    /** Once what is forgotten after a while is: as much as before, or what is left of it. */
    private Held settled(Held before) {
        Held[] now = new Held[1];
        try {
            await().atMost(Duration.ofSeconds(70))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofSeconds(5))
                    .until(
                            () -> {
                                now[0] = siege.held();
                                return now[0].bytes() - before.bytes() <= 5 * MIB
                                        && now[0].threads() <= before.threads()
                                        && now[0].descriptors() <= before.descriptors();
                            });
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            // The assertions say what is too much.
        }
        return now[0];
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
