package org.kubenode.progress.security;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Who may come in, and with how much.
 *
 * @param queryToken whether sockets and streams take {@code ?token=}
 * @param allowedOrigins origins beside the server's own from which a page may open sockets and
 *     streams, such as {@code https://portal.example}; {@code *} for any
 * @param maxBody the largest request body under /api/v1, 1 byte to 64 MiB
 * @param publicMetrics whether /actuator/prometheus is served without a token
 */
@ConfigurationProperties("progress")
public record AccessProperties(
        @DefaultValue("true") boolean queryToken,
        @DefaultValue List<String> allowedOrigins,
        @DefaultValue("1MB") DataSize maxBody,
        @DefaultValue("false") boolean publicMetrics) {}
