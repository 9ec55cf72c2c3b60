package org.kubenode.progress.config;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/** What this application decides for itself. Values are checked before any bean exists. */
@ConfigurationProperties("progress")
public record ProgressProperties(
        @Doc(
                        "With `false` everything is kept in memory by one replica, whatever"
                                + " `progress.notify_type` says.")
                @DefaultValue("true")
                boolean enableDatabase,
        @Doc(
                        value =
                                "How replicas tell each other at once: `postgres`, `redis`, `polling`, or"
                                        + " `<name>` of a route file `notify-<name>` of your own.",
                        pattern = "[a-z][a-z0-9-]{0,62}",
                        allowed = "postgres, redis, polling or the name of a notify-<name> route",
                        unset = "`postgres`; `polling` when `database.type` is `sqlite`")
                String notifyType,
        @Doc(
                        value =
                                "How often the rows are read for news: the backup of a notifier, or the"
                                        + " delivery itself with `polling`.",
                        min = "50ms",
                        max = "1h",
                        unset = "10000; 500 with `polling`")
                Duration pollInterval,
        @Doc(
                        value = "How often the rows are read while the notifier is down.",
                        min = "50ms",
                        max = "1m")
                @DefaultValue("500")
                Duration degradedPollInterval,
        @Doc(
                        value =
                                "How long finished tasks are kept with all their messages; then one row a"
                                        + " node is left.",
                        min = "1m",
                        max = "3650d")
                @DefaultValue("7d")
                Duration retention,
        @Doc(
                        value =
                                "How long finished tasks are kept at all, for lists and the history of"
                                        + " nodes; then they are removed whole.",
                        min = "1m",
                        max = "3650d")
                @DefaultValue("90d")
                Duration historyRetention,
        @Doc(
                        value =
                                "How long a finished task is still sent to its user's new sockets, unless"
                                        + " acknowledged.",
                        min = "0ms",
                        max = "7d")
                @DefaultValue("10m")
                Duration replayWindow,
        @Doc(
                        value =
                                "Origins whose pages may open the WebSocket, such as"
                                        + " `https://ops.example.com`.",
                        pattern = "https?://[^/\\s,]+",
                        allowed = "scheme://host or scheme://host:port",
                        unset = "the same origin only")
                @DefaultValue
                List<String> allowedOrigins,
        @Doc("Whether sockets and streams may give their token as `?token=`.") @DefaultValue("true")
                boolean queryToken,
        @Doc(
                        "Whether `/actuator/prometheus` is served to everybody; otherwise a scraper needs"
                                + " the token of an admin.")
                @DefaultValue("false")
                boolean publicMetrics,
        @Doc(
                        value = "Name of this replica in messages, status and logs.",
                        pattern = "[A-Za-z0-9._-]{1,24}",
                        allowed = "1 to 24 of A-Z a-z 0-9 . _ -",
                        unset = "the host's name and four random characters")
                String replica,
        @Doc(
                        "Folder of route files (`*.camel.yaml`): one with the name of a packaged file"
                                + " replaces it, the others are added.")
                @DefaultValue("./routes")
                String routesDir,
        @Doc(
                        value =
                                "How long a replica owns a batch without renewing; after that another"
                                        + " takes over.",
                        min = "1s",
                        max = "10m")
                @DefaultValue("10s")
                Duration lease,
        @Doc(
                        value =
                                "How long running node operations may still take when the replica is asked"
                                        + " to stop.",
                        min = "0ms",
                        max = "1h")
                @DefaultValue("20s")
                Duration shutdownGrace,
        @Doc(
                        value =
                                "What a batch does past its lease without a database: `pause` starts no"
                                        + " further node, `continue` goes on.",
                        unset = "`pause` for drain, `continue` for the others")
                WithoutDatabase withoutDatabase,
        @Doc(
                        value = "The largest request body, such as `1MB`, or bytes.",
                        min = "1KB",
                        max = "100MB")
                @DefaultValue("1MB")
                DataSize maxBodySize,
        @Doc(
                        value =
                                "The share of a cluster's nodes above which the console has the cluster's"
                                        + " name typed before a batch, and a batch needs a second person"
                                        + " where `clusters[].approval` says so.",
                        pattern = "(100|[1-9]?[0-9])%",
                        allowed = "0% to 100%")
                @DefaultValue("20%")
                String confirmAbove,
        @Doc(
                        value =
                                "Connections on which nobody has shown a token that counts. Of more"
                                        + " the oldest are closed, but none that came in the last two"
                                        + " seconds while there are less than four times as many.",
                        min = "10",
                        max = "1000000")
                @DefaultValue("1000")
                int maxStrangers,
        @Doc(
                        value = "Where the end of each task is posted; it may hold a secret.",
                        pattern = "https?://\\S+",
                        allowed =
                                "an http or https address with a host of a-z 0-9 . -, without user"
                                        + " and password",
                        secret = true,
                        unset = "none, and nothing is posted")
                @DefaultValue("")
                String webhookUrl,
        @DefaultValue WebhookProperties webhook,
        @DefaultValue Batch batch,
        @DefaultValue Journal journal,
        @DefaultValue Delivery delivery,
        @DefaultValue Timing timing,
        @DefaultValue WebsocketProperties websocket,
        @DefaultValue TracingProperties tracing,
        @DefaultValue Kubernetes kubernetes,
        @DefaultValue RedisProperties redis) {

    /** What a batch does past its lease without a database. */
    public enum WithoutDatabase {
        PAUSE,
        CONTINUE
    }

    /** Bounds of batches. */
    public record Batch(
            @Doc(value = "The most nodes of one batch.", min = "1", max = "1000000")
                    @DefaultValue("5000")
                    int maxNodes,
            @Doc(
                            value = "Node operations at once of one batch that does not say.",
                            min = "1",
                            max = "10000",
                            unset =
                                    "10; on real clusters cordon, uncordon, label and taint without"
                                            + " NoExecute: `clusters[].concurrency`")
                    Integer concurrency,
            @Doc(
                            value = "The most that a request may ask for as its `concurrency`.",
                            min = "1",
                            max = "10000")
                    @DefaultValue("100")
                    int maxConcurrency,
            @Doc(
                            value =
                                    "Batches that one replica runs at once; more stay pending. The last"
                                            + " tenth, at least one, is for users and clusters with few.",
                            min = "1",
                            max = "10000")
                    @DefaultValue("20")
                    int maxRunning,
            @Doc(
                            value =
                                    "Node operations at once of one replica, over all its batches. The"
                                            + " last tenth, at least one, is for users and clusters with"
                                            + " few.",
                            min = "1",
                            max = "100000")
                    @DefaultValue("200")
                    int maxOperations,
            @Doc(
                            value =
                                    "Batches that may wait as pending; past it a request is answered 429."
                                            + " The last tenth, at least one, is for users and clusters"
                                            + " with few.",
                            min = "0",
                            max = "1000000")
                    @DefaultValue("1000")
                    int maxPending,
            @Doc(
                            value =
                                    "A task whose cluster no replica has known for so long ends as `error`.",
                            min = "1s",
                            max = "7d")
                    @DefaultValue("10m")
                    Duration unrunnableAfter) {}

    /** How real clusters are asked. */
    public record Kubernetes(
            @Doc(
                            value =
                                    "How long a right that was there is asked for again when the API server"
                                            + " denies it, as it does while it starts.",
                            min = "0ms",
                            max = "10m")
                    @DefaultValue("30s")
                    Duration forbiddenGrace) {}

    /** The results that wait to be written. */
    public record Journal(
            @Doc(
                            value =
                                    "Results that may wait in memory for the database; when full, batches"
                                            + " pause.",
                            min = "1",
                            max = "10000000")
                    @DefaultValue("100000")
                    int capacity) {}

    /** How rows reach sockets where a notification does not. */
    public record Delivery(
            @Doc(
                            value =
                                    "Reads of rows for sockets at once. The last tenth, at least one, is for"
                                            + " users for whom none is under way.",
                            min = "1",
                            max = "100")
                    @DefaultValue("4")
                    int readers,
            @Doc(
                            value = "How long a read that failed waits before it is tried again.",
                            min = "10ms",
                            max = "1m")
                    @DefaultValue("500ms")
                    Duration retryDelay) {}

    /** How often this replica looks whether something is due. */
    public record Timing(
            @Doc(value = "Tick of the circuit and the probe.", min = "10ms", max = "250ms")
                    @DefaultValue("50ms")
                    Duration circuitTick,
            @Doc(value = "Tick of the poll.", min = "10ms", max = "1s") @DefaultValue("50ms")
                    Duration pollTick,
            @Doc(
                            value = "How often the database is asked for a sign of life.",
                            min = "100ms",
                            max = "1m")
                    @DefaultValue("1s")
                    Duration databaseCheck,
            @Doc(value = "Tick of the journal's repeats.", min = "10ms", max = "10s")
                    @DefaultValue("100ms")
                    Duration journalRetry,
            @Doc(
                            value =
                                    "How often tasks that wait, were handed over or lost their owner are"
                                            + " looked for.",
                            min = "50ms",
                            max = "1m")
                    @DefaultValue("500ms")
                    Duration claim,
            @Doc(
                            value = "How often requests to cancel, pause or resume are looked for.",
                            min = "50ms",
                            max = "1m")
                    @DefaultValue("500ms")
                    Duration cancel,
            @Doc(
                            value = "How often it is looked which batches wait, for the metrics.",
                            min = "100ms",
                            max = "10m")
                    @DefaultValue("15s")
                    Duration waiting,
            @Doc(
                            value =
                                    "How often finished tasks past `progress.retention` are reduced, and those past"
                                            + " `progress.history_retention` removed.",
                            min = "1s",
                            max = "1d")
                    @DefaultValue("1m")
                    Duration retention) {}
}
