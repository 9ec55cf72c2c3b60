package org.kubenode.progress.security;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which pages may open sockets and streams: those of the server's own origin, as trusted forwarded
 * headers show it, and the configured ones. A client that sends no Origin is no browser.
 */
final class AllowedOrigins {

    private final Set<String> origins;

    /**
     * @param configured such as {@code https://portal.example}
     * @throws IllegalStateException when one is not an origin
     */
    AllowedOrigins(List<String> configured) {
        this.origins =
                configured.stream()
                        .map(
                                origin -> {
                                    String normal = normal(origin);
                                    if (normal == null) {
                                        throw new IllegalStateException(
                                                "progress.allowed_origins: "
                                                        + origin
                                                        + " is not scheme://host or scheme://host:port");
                                    }
                                    return normal;
                                })
                        .collect(Collectors.toUnmodifiableSet());
    }

    boolean allow(HttpServletRequest request) {
        String origin = request.getHeader("Origin");
        if (origin == null) {
            return true;
        }
        String normal = normal(origin);
        return normal != null && (origins.contains(normal) || normal.equals(own(request)));
    }

    private static String own(HttpServletRequest request) {
        return join(request.getScheme(), request.getServerName(), request.getServerPort());
    }

    private static String normal(String origin) {
        try {
            URI uri = URI.create(origin);
            boolean bare =
                    uri.getHost() != null
                            && uri.getRawUserInfo() == null
                            && (uri.getRawPath() == null || uri.getRawPath().isEmpty())
                            && uri.getRawQuery() == null
                            && uri.getRawFragment() == null;
            return bare ? join(uri.getScheme(), uri.getHost(), uri.getPort()) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static String join(String scheme, String host, int port) {
        String web =
                switch (scheme.toLowerCase(Locale.ROOT)) {
                    case "ws" -> "http";
                    case "wss" -> "https";
                    default -> scheme.toLowerCase(Locale.ROOT);
                };
        int shown = port > 0 ? port : "https".equals(web) ? 443 : 80;
        return web + "://" + host.toLowerCase(Locale.ROOT) + ":" + shown;
    }
}
