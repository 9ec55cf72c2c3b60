package org.kubenode.progress.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShownTextTest {

    @ParameterizedTest
    @CsvSource({
        "0000, 001f",
        "007f, 009f",
        "061c, 061c",
        "200e, 200f",
        "2028, 202e",
        "2066, 2069",
    })
    void eachOfTheseCharactersIsWrittenOut(String first, String last) {
        IntStream.rangeClosed(Integer.parseInt(first, 16), Integer.parseInt(last, 16))
                .forEach(
                        c ->
                                assertThat(ShownText.line("a" + (char) c + "b"))
                                        .isEqualTo("a\\u%04xb".formatted(c)));
    }

    @Test
    void everyOtherTextIsTheSame() {
        String text = "node-1: \\ \"evicted\" 1 of 3 — 驱逐 \ud83d\ude00 שלום\u00a0\u200d";
        assertThat(ShownText.line(text)).isSameAs(text);
        assertThat(ShownText.line(null)).isNull();
    }

    @Test
    void linesStayWhereTheyAreMeant() {
        assertThat(ShownText.lines("a\r\n\tb\u001bc\u202e")).isEqualTo("a\r\n\tb\\u001bc\\u202e");
    }

    @Test
    void aProblemIsShown() {
        Problem problem = Problem.of(400, "fi\u202eeld", "no\u2066de");
        assertThat(problem.detail()).isEqualTo("no\\u2066de");
        assertThat(problem.field()).isEqualTo("fi\\u202eeld");
    }
}
