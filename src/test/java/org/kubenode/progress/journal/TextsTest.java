package org.kubenode.progress.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TextsTest {

    @Test
    void leavesOutWhatNoRowTakesAndKeepsTheRest() {
        assertThat(Texts.clean(null)).isNull();
        assertThat(Texts.clean("plain")).isEqualTo("plain");
        assertThat(Texts.clean("a\u0000b\ud800c\udc00d")).isEqualTo("ab\ufffdc\ufffdd");
        assertThat(Texts.clean("Größe \ud83d\ude00")).isEqualTo("Größe \ud83d\ude00");
    }

    @Test
    void cutsBetweenCharactersAtOneKibibyteOfUtf8() {
        assertThat(Texts.clean("x".repeat(5_000))).hasSize(1_024);
        String smileys = Texts.clean("x" + "\ud83d\ude00".repeat(1_000));
        assertThat(smileys.getBytes(StandardCharsets.UTF_8)).hasSize(1 + 4 * 255);
        assertThat(smileys).endsWith("\ud83d\ude00");
    }
}
