package org.kubenode.progress.websocket;

import java.time.Duration;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriParams;

/** The limits of the sessions of one path. Times in milliseconds. */
@UriParams
public class WebSocketOptions {

    @UriParam(
            defaultValue = "256",
            description = "Waiting messages of a session from which on skippable ones are skipped.")
    private int softLimit = 256;

    @UriParam(
            defaultValue = "4096",
            description = "Waiting messages of a session past which it is closed with 1013.")
    private int hardLimit = 4096;

    @UriParam(
            defaultValue = "16777216",
            description = "Waiting bytes of a session past which it is closed with 1013.")
    private long hardLimitBytes = 16 * 1024 * 1024;

    @UriParam(
            defaultValue = "4096",
            description =
                    "Largest text that a client may send, in bytes. A larger one closes 1009.")
    private int maxTextBytes = 4096;

    @UriParam(
            defaultValue = "100",
            description =
                    "Messages a second that a client may send in the long run. More close 1008.")
    private int maxRate = 100;

    @UriParam(
            defaultValue = "200",
            description = "Messages that a client may send at once before maxRate counts.")
    private int maxBurst = 200;

    @UriParam(
            defaultValue = "30s",
            javaType = "java.time.Duration",
            description = "A message that is not with the network by then closes its session.")
    private long sendTimeout = 30_000;

    @UriParam(
            defaultValue = "20s",
            javaType = "java.time.Duration",
            description = "How often a ping is sent, in an event stream a comment. 0 for never.")
    private long pingInterval = 20_000;

    @UriParam(
            defaultValue = "60s",
            javaType = "java.time.Duration",
            description =
                    "A peer from which nothing came for so long is gone. At least two pingIntervals;"
                            + " 0 for never. An event stream sends nothing: sendTimeout finds it.")
    private long deadAfter = 60_000;

    @UriParam(
            defaultValue = "0",
            javaType = "java.time.Duration",
            description = "Without a message in either direction for so long a session is closed.")
    private long idleTimeout;

    @UriParam(
            defaultValue = "5s",
            javaType = "java.time.Duration",
            description =
                    "How long a peer may take over the closing handshake before it is cut off.")
    private long closeTimeout = 5_000;

    @UriParam(
            defaultValue = "20000",
            description = "Sessions of this path on this replica. One more closes 1013.")
    private int maxSessions = 20_000;

    @UriParam(
            defaultValue = "100",
            description = "Sessions of one user on this path and replica. One more closes 1013.")
    private int maxSessionsPerUser = 100;

    @UriParam(
            defaultValue = "10",
            description =
                    "New sessions a second of one user in the long run; those of ten seconds, and"
                            + " maxSessionsPerUser, at once. More are answered 429.")
    private int maxConnectRate = 10;

    @UriParam(
            defaultValue = "4194304",
            description =
                    "Bytes a second that all sessions of one user are sent again, in the long run; those"
                            + " of 16 seconds at once. Then new sessions are answered 429.")
    private int maxReplayRate = 4 * 1024 * 1024;

    @UriParam(
            description =
                    "A second path, on which the same sessions are served as Server-Sent Events.")
    @Metadata(label = "consumer")
    private String ssePath;

    @UriParam(
            defaultValue = "token",
            description = "Query parameters that never reach a session, separated by commas.")
    private String secretParameters = "token";

    public int getSoftLimit() {
        return softLimit;
    }

    public void setSoftLimit(int softLimit) {
        this.softLimit = softLimit;
    }

    public int getHardLimit() {
        return hardLimit;
    }

    public void setHardLimit(int hardLimit) {
        this.hardLimit = hardLimit;
    }

    public long getHardLimitBytes() {
        return hardLimitBytes;
    }

    public void setHardLimitBytes(long hardLimitBytes) {
        this.hardLimitBytes = hardLimitBytes;
    }

    public int getMaxTextBytes() {
        return maxTextBytes;
    }

    public void setMaxTextBytes(int maxTextBytes) {
        this.maxTextBytes = maxTextBytes;
    }

    public int getMaxRate() {
        return maxRate;
    }

    public void setMaxRate(int maxRate) {
        this.maxRate = maxRate;
    }

    public int getMaxBurst() {
        return maxBurst;
    }

    public void setMaxBurst(int maxBurst) {
        this.maxBurst = maxBurst;
    }

    public long getSendTimeout() {
        return sendTimeout;
    }

    public void setSendTimeout(Duration sendTimeout) {
        this.sendTimeout = sendTimeout.toMillis();
    }

    public long getPingInterval() {
        return pingInterval;
    }

    public void setPingInterval(Duration pingInterval) {
        this.pingInterval = pingInterval.toMillis();
    }

    public long getDeadAfter() {
        return deadAfter;
    }

    public void setDeadAfter(Duration deadAfter) {
        this.deadAfter = deadAfter.toMillis();
    }

    public long getIdleTimeout() {
        return idleTimeout;
    }

    public void setIdleTimeout(Duration idleTimeout) {
        this.idleTimeout = idleTimeout.toMillis();
    }

    public long getCloseTimeout() {
        return closeTimeout;
    }

    public void setCloseTimeout(Duration closeTimeout) {
        this.closeTimeout = closeTimeout.toMillis();
    }

    public int getMaxSessions() {
        return maxSessions;
    }

    public void setMaxSessions(int maxSessions) {
        this.maxSessions = maxSessions;
    }

    public int getMaxSessionsPerUser() {
        return maxSessionsPerUser;
    }

    public void setMaxSessionsPerUser(int maxSessionsPerUser) {
        this.maxSessionsPerUser = maxSessionsPerUser;
    }

    public int getMaxConnectRate() {
        return maxConnectRate;
    }

    public void setMaxConnectRate(int maxConnectRate) {
        this.maxConnectRate = maxConnectRate;
    }

    public int getMaxReplayRate() {
        return maxReplayRate;
    }

    public void setMaxReplayRate(int maxReplayRate) {
        this.maxReplayRate = maxReplayRate;
    }

    public String getSsePath() {
        return ssePath;
    }

    public void setSsePath(String ssePath) {
        this.ssePath = ssePath;
    }

    public String getSecretParameters() {
        return secretParameters;
    }

    public void setSecretParameters(String secretParameters) {
        this.secretParameters = secretParameters;
    }

    /**
     * @throws IllegalArgumentException naming the option that contradicts another
     */
    void validate() {
        check(softLimit > 0 && softLimit <= hardLimit, "softLimit must be 1 to hardLimit");
        check(hardLimitBytes > 0, "hardLimitBytes must be positive");
        check(maxTextBytes > 0, "maxTextBytes must be positive");
        check(maxRate > 0 && maxBurst > 0, "maxRate and maxBurst must be positive");
        check(sendTimeout > 0 && closeTimeout > 0, "sendTimeout and closeTimeout must be positive");
        check(
                deadAfter == 0 || (pingInterval > 0 && deadAfter >= 2 * pingInterval),
                "deadAfter must be 0 or at least twice the pingInterval");
        check(maxSessions > 0 && maxSessionsPerUser > 0, "maxSessions… must be positive");
        check(maxConnectRate > 0 && maxReplayRate > 0, "max…Rate must be positive");
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(WebSocketConstants.SCHEME + ": " + otherwise);
        }
    }
}
