package org.kubenode.progress.pgevent;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The path of a {@code pgevent:} URI: {@code host:port/database/channel}, where {@code :port},
 * {@code host:port} and a leading {@code //} may be left out, as in camel-pgevent.
 *
 * @param host a name or an address, IPv6 without its brackets
 * @param port 1 to 65535
 * @param database percent-decoded
 * @param channel percent-decoded, at most 63 bytes: the server cuts a longer one without a word
 */
record PgEventAddress(String host, int port, String database, String channel) {

    private static final int MAX_IDENTIFIER_BYTES = 63;
    private static final Pattern FORM =
            Pattern.compile(
                    "/*(?:(?<host>\\[[^\\]/@]+\\]|[^:/@\\[\\]]*)(?::(?<port>\\d{1,5}))?/)?"
                            + "(?<database>[^/:@]+)/(?<channel>[^/]+)");

    static PgEventAddress parse(String path) {
        Matcher matcher = FORM.matcher(path);
        if (!matcher.matches()) {
            // The text is not repeated: somebody may have put a password into it.
            throw new IllegalArgumentException(
                    "a pgevent URI is pgevent:host:port/database/channel, without user or password");
        }
        String host = matcher.group("host");
        int port = matcher.group("port") == null ? 5432 : Integer.parseInt(matcher.group("port"));
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port " + port + " is not within 1 to 65535");
        }
        String channel = decode(matcher.group("channel"));
        if (channel.getBytes(StandardCharsets.UTF_8).length > MAX_IDENTIFIER_BYTES) {
            throw new IllegalArgumentException("channel " + channel + " is over 63 bytes");
        }
        return new PgEventAddress(
                host == null || host.isEmpty() ? "localhost" : host.replaceAll("[\\[\\]]", ""),
                port,
                decode(matcher.group("database")),
                channel);
    }

    /** The same database and channel, reached another way. */
    PgEventAddress via(String otherHost, Integer otherPort) {
        return new PgEventAddress(
                otherHost == null ? host : otherHost,
                otherPort == null ? port : otherPort,
                database,
                channel);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
