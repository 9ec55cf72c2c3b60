package org.kubenode.progress.config;

import java.util.List;
import java.util.stream.Collectors;
import org.kubenode.progress.problem.ShownText;
import org.springframework.boot.ExitCodeGenerator;

/**
 * The start cannot go on with this configuration. Each line of the message names a key as
 * documented, its value (never a secret's) and what is allowed; the lines are all that the operator
 * sees.
 */
public class WrongConfiguration extends RuntimeException implements ExitCodeGenerator {

    private static final long serialVersionUID = 1L;

    private final int exitCode;

    WrongConfiguration(List<String> lines, int exitCode) {
        super(
                lines.stream()
                        .map(ShownText::line)
                        .collect(Collectors.joining(System.lineSeparator())));
        this.exitCode = exitCode;
    }

    WrongConfiguration(String line) {
        this(List.of(line), 1);
    }

    /** 2 for a mistake on the command line, else 1. */
    @Override
    public int getExitCode() {
        return exitCode;
    }
}
