package org.kubenode.progress.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CsvTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "plain text     | plain text",
                "a, b           | \"a, b\"",
                "say \"no\"     | \"say \"\"no\"\"\"",
                "=1+1           | \"'=1+1\"",
                "+1             | \"'+1\"",
                "-1             | \"'-1\"",
                "@SUM(A1)       | \"'@SUM(A1)\"",
            })
    void aCellIsQuotedWhereItMustAndIsNeverAFormula(String value, String cell) {
        assertThat(Csv.write(List.of("a", "b"), List.of(Map.of("a", value, "b", 7))))
                .isEqualTo("a,b\r\n" + cell + ",7\r\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                " | false",
                "*/* | false",
                "text/csv | true",
                "TEXT/CSV; charset=utf-8 | true",
                "text/csv, application/json | true",
                "text/csv, */*;q=0.1 | true",
                "application/json, text/csv;q=0.5 | false",
                "text/csv;q=0 | false",
                "text/csv;q=0.5, */* | false",
            })
    void itIsWrittenWhereItIsNoLessWelcomeThanJson(String accept, boolean csv) {
        assertThat(Csv.isWanted(accept)).isEqualTo(csv);
    }
}
