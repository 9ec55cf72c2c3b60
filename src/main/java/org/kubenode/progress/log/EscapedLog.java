package org.kubenode.progress.log;

import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.pattern.MessageConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import java.util.List;
import java.util.stream.Stream;
import org.kubenode.progress.problem.ShownText;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.env.EnvironmentPostProcessor;
import org.springframework.boot.json.JsonWriter;
import org.springframework.boot.logging.logback.ExtendedWhitespaceThrowableProxyConverter;
import org.springframework.boot.logging.structured.StructuredLoggingJsonMembersCustomizer;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Whatever is logged, by whomever, is shown as {@link ShownText}: no text of a client or a server
 * makes a line of its own, or colours, or turns one. Runs before Spring Boot sets up the log, whose
 * patterns say {@code %m}; {@code application.yaml} names {@code %shownEx} and {@link Fields}.
 */
final class EscapedLog implements EnvironmentPostProcessor {

    @Override
    public void postProcessEnvironment(
            ConfigurableEnvironment environment, SpringApplication application) {
        for (String word : List.of("m", "msg", "message")) {
            PatternLayout.DEFAULT_CONVERTER_SUPPLIER_MAP.put(word, Message::new);
        }
        PatternLayout.DEFAULT_CONVERTER_SUPPLIER_MAP.put("shownEx", Thrown::new);
    }

    /** {@code %m}. */
    static final class Message extends MessageConverter {

        /** Says why the application does not start, over several lines, and quotes no client. */
        private static final String REPORT = "org.springframework.boot.diagnostics.";

        @Override
        public String convert(ILoggingEvent event) {
            String message = super.convert(event);
            return event.getLoggerName().startsWith(REPORT)
                    ? ShownText.lines(message)
                    : ShownText.line(message);
        }
    }

    /** {@code %wEx}, in which each message is one line. */
    static final class Thrown extends ExtendedWhitespaceThrowableProxyConverter {

        @Override
        protected String throwableProxyToString(IThrowableProxy thrown) {
            return super.throwableProxyToString(new Shown(thrown));
        }
    }

    private record Shown(IThrowableProxy thrown) implements IThrowableProxy {

        @Override
        public String getMessage() {
            return ShownText.line(thrown.getMessage());
        }

        @Override
        public String getOverridingMessage() {
            return ShownText.line(thrown.getOverridingMessage());
        }

        @Override
        public IThrowableProxy getCause() {
            return thrown.getCause() == null ? null : new Shown(thrown.getCause());
        }

        @Override
        public IThrowableProxy[] getSuppressed() {
            return Stream.of(thrown.getSuppressed())
                    .map(Shown::new)
                    .toArray(IThrowableProxy[]::new);
        }

        @Override
        public String getClassName() {
            return thrown.getClassName();
        }

        @Override
        public StackTraceElementProxy[] getStackTraceElementProxyArray() {
            return thrown.getStackTraceElementProxyArray();
        }

        @Override
        public int getCommonFrames() {
            return thrown.getCommonFrames();
        }

        @Override
        public boolean isCyclic() {
            return thrown.isCyclic();
        }
    }

    /** The fields of structured logs, where an end of a line is a character like others. */
    static final class Fields implements StructuredLoggingJsonMembersCustomizer<ILoggingEvent> {

        @Override
        public void customize(JsonWriter.Members<ILoggingEvent> members) {
            members.applyingValueProcessor(
                    JsonWriter.ValueProcessor.of(String.class, ShownText::lines));
        }
    }
}
