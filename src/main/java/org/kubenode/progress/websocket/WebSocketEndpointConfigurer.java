package org.kubenode.progress.websocket;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.GeneratedPropertyConfigurer;
import org.apache.camel.spi.PropertyConfigurerGetter;
import org.apache.camel.support.component.PropertyConfigurerSupport;

/** Sets the options of an endpoint by name, so that Camel need not use reflection. */
public class WebSocketEndpointConfigurer extends PropertyConfigurerSupport
        implements GeneratedPropertyConfigurer, PropertyConfigurerGetter {

    private record Option(
            Class<?> type,
            BiConsumer<WebSocketEndpoint, Object> set,
            Function<WebSocketEndpoint, Object> get) {}

    private static final Map<String, Option> OPTIONS = new LinkedHashMap<>();
    private static final Map<String, Option> IGNORING_CASE = new HashMap<>();

    static {
        number("softLimit", WebSocketOptions::setSoftLimit, WebSocketOptions::getSoftLimit);
        number("hardLimit", WebSocketOptions::setHardLimit, WebSocketOptions::getHardLimit);
        option(
                "hardLimitBytes",
                long.class,
                (e, value) -> e.getOptions().setHardLimitBytes((Long) value),
                e -> e.getOptions().getHardLimitBytes());
        number(
                "maxTextBytes",
                WebSocketOptions::setMaxTextBytes,
                WebSocketOptions::getMaxTextBytes);
        number("maxRate", WebSocketOptions::setMaxRate, WebSocketOptions::getMaxRate);
        number("maxBurst", WebSocketOptions::setMaxBurst, WebSocketOptions::getMaxBurst);
        number("maxSessions", WebSocketOptions::setMaxSessions, WebSocketOptions::getMaxSessions);
        number(
                "maxSessionsPerUser",
                WebSocketOptions::setMaxSessionsPerUser,
                WebSocketOptions::getMaxSessionsPerUser);
        number(
                "maxConnectRate",
                WebSocketOptions::setMaxConnectRate,
                WebSocketOptions::getMaxConnectRate);
        number(
                "maxReplayRate",
                WebSocketOptions::setMaxReplayRate,
                WebSocketOptions::getMaxReplayRate);
        time("sendTimeout", WebSocketOptions::setSendTimeout, WebSocketOptions::getSendTimeout);
        time("pingInterval", WebSocketOptions::setPingInterval, WebSocketOptions::getPingInterval);
        time("deadAfter", WebSocketOptions::setDeadAfter, WebSocketOptions::getDeadAfter);
        time("idleTimeout", WebSocketOptions::setIdleTimeout, WebSocketOptions::getIdleTimeout);
        time("closeTimeout", WebSocketOptions::setCloseTimeout, WebSocketOptions::getCloseTimeout);
        text("ssePath", WebSocketOptions::setSsePath, WebSocketOptions::getSsePath);
        text(
                "secretParameters",
                WebSocketOptions::setSecretParameters,
                WebSocketOptions::getSecretParameters);
        flag("sendToAll", WebSocketEndpoint::setSendToAll, WebSocketEndpoint::isSendToAll);
        flag(
                "bridgeErrorHandler",
                WebSocketEndpoint::setBridgeErrorHandler,
                WebSocketEndpoint::isBridgeErrorHandler);
        flag(
                "lazyStartProducer",
                WebSocketEndpoint::setLazyStartProducer,
                WebSocketEndpoint::isLazyStartProducer);
    }

    /** The names of all options, in the order of the documentation. */
    static Iterable<String> names() {
        return OPTIONS.keySet();
    }

    @Override
    public boolean configure(
            CamelContext context, Object target, String name, Object value, boolean ignoreCase) {
        Option option = find(name, ignoreCase);
        if (option == null) {
            return false;
        }
        Object converted =
                option.type == Duration.class
                        ? (Object) property(context, Duration.class, value).toMillis()
                        : property(context, option.type, value);
        option.set.accept((WebSocketEndpoint) target, converted);
        return true;
    }

    @Override
    public Class<?> getOptionType(String name, boolean ignoreCase) {
        Option option = find(name, ignoreCase);
        if (option == null) {
            return null;
        }
        return option.type == Duration.class ? long.class : option.type;
    }

    @Override
    public Object getOptionValue(Object target, String name, boolean ignoreCase) {
        Option option = find(name, ignoreCase);
        return option == null ? null : option.get.apply((WebSocketEndpoint) target);
    }

    private static Option find(String name, boolean ignoreCase) {
        return ignoreCase ? IGNORING_CASE.get(name.toLowerCase(Locale.ROOT)) : OPTIONS.get(name);
    }

    private static void number(
            String name,
            BiConsumer<WebSocketOptions, Integer> set,
            Function<WebSocketOptions, Integer> get) {
        option(
                name,
                int.class,
                (e, value) -> set.accept(e.getOptions(), (Integer) value),
                e -> get.apply(e.getOptions()));
    }

    private static void time(
            String name,
            BiConsumer<WebSocketOptions, Long> set,
            Function<WebSocketOptions, Long> get) {
        option(
                name,
                Duration.class,
                (e, value) -> set.accept(e.getOptions(), (Long) value),
                e -> get.apply(e.getOptions()));
    }

    private static void text(
            String name,
            BiConsumer<WebSocketOptions, String> set,
            Function<WebSocketOptions, String> get) {
        option(
                name,
                String.class,
                (e, value) -> set.accept(e.getOptions(), (String) value),
                e -> get.apply(e.getOptions()));
    }

    private static void flag(
            String name,
            BiConsumer<WebSocketEndpoint, Boolean> set,
            Function<WebSocketEndpoint, Boolean> get) {
        option(name, boolean.class, (e, value) -> set.accept(e, (Boolean) value), get::apply);
    }

    private static void option(
            String name,
            Class<?> type,
            BiConsumer<WebSocketEndpoint, Object> set,
            Function<WebSocketEndpoint, Object> get) {
        Option option = new Option(type, set, get);
        OPTIONS.put(name, option);
        IGNORING_CASE.put(name.toLowerCase(Locale.ROOT), option);
    }
}
