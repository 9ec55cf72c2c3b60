package org.kubenode.progress.config;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** Bounds of WebSockets and streams. */
public record WebsocketProperties(
        @Doc(
                        value =
                                "Frames waiting for one socket above which `progress` frames are"
                                        + " skipped for newer ones.",
                        min = "1",
                        max = "1000000")
                @DefaultValue("256")
                int softLimit,
        @Doc(
                        value = "Frames waiting for one socket above which it is closed with 1013.",
                        min = "2",
                        max = "1000000")
                @DefaultValue("8192")
                int hardLimit,
        @Doc(value = "Sockets and streams of one replica.", min = "1", max = "1000000")
                @DefaultValue("20000")
                int maxSessions,
        @Doc(value = "Sockets and streams of one user on one replica.", min = "1", max = "1000000")
                @DefaultValue("100")
                int maxSessionsPerUser,
        @Doc(
                        value =
                                "New sockets and streams of one user a second in the long run; those"
                                        + " of ten seconds, and `max_sessions_per_user`, at once."
                                        + " More are answered 429.",
                        min = "1",
                        max = "1000000")
                @DefaultValue("10")
                int maxConnectRate,
        @Doc(
                        value =
                                "Bytes of snapshots and of repeated messages a second for all sockets"
                                        + " of one user in the long run; those of 16 seconds at"
                                        + " once. Past it new sockets are answered 429, and who"
                                        + " asks for more on an open one is closed with 1013.",
                        min = "1024",
                        max = "1000000000")
                @DefaultValue("4194304")
                int maxReplayRate,
        @Doc(
                        value =
                                "Sockets a second that are accepted only to be closed with 4401 or"
                                        + " 4403, because a page cannot read a status; a tenth of"
                                        + " one address where a proxy is trusted to tell it"
                                        + " (`server.forward-headers-strategy`). More are answered"
                                        + " 429.",
                        min = "1",
                        max = "1000000")
                @DefaultValue("100")
                int maxRefusalRate,
        @Doc(value = "How often a socket is pinged.", min = "100ms", max = "5m")
                @DefaultValue("20s")
                Duration pingInterval,
        @Doc(
                        value = "How long a socket may be silent before it counts as dead.",
                        min = "200ms",
                        max = "1h")
                @DefaultValue("60s")
                Duration idleTimeout) {}
