package org.kubenode.progress.cluster.kubernetes;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** Turns what went wrong into one line for the operator, without the account's credentials. */
final class ErrorText {

    private static final int MOST = 512;
    private static final Pattern BEARER =
            Pattern.compile(
                    "(?i)\\b(bearer|basic|token[\"']?\\s*[:=])\\s*[\"']?[-A-Za-z0-9._~+/=]{6,}");
    private static final Pattern JWT = Pattern.compile("eyJ[-A-Za-z0-9_]{5,}\\.[-A-Za-z0-9_.]{5,}");
    private static final Pattern USER_INFO = Pattern.compile("(https?://)[^/@\\s]+@");
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN [^-]+-----.*?(-----END [^-]+-----|$)", Pattern.DOTALL);

    private final List<String> secrets;

    ErrorText(List<String> secrets) {
        this.secrets = secrets.stream().filter(secret -> secret.length() >= 4).toList();
    }

    /** One line of at most 512 characters in which nothing secret is left. */
    String clean(String text) {
        String line = text;
        for (String secret : secrets) {
            line = line.replace(secret, "***");
        }
        line = PEM.matcher(line).replaceAll("***");
        line = BEARER.matcher(line).replaceAll("$1 ***");
        line = JWT.matcher(line).replaceAll("***");
        line = USER_INFO.matcher(line).replaceAll("$1***@");
        line = line.replaceAll("\\s+", " ").trim();
        return line.length() <= MOST ? line : line.substring(0, MOST - 1) + "…";
    }

    /** Why no answer came. */
    String noAnswer(Throwable thrown, long timeoutMs) {
        List<Throwable> chain = new ArrayList<>();
        for (Throwable t = thrown; t != null && !chain.contains(t); t = t.getCause()) {
            chain.add(t);
        }
        for (Throwable t : chain) {
            if (t instanceof UnknownHostException || t instanceof UnresolvedAddressException) {
                return "its host name is unknown";
            }
            if (t instanceof SSLException) {
                return clean("TLS: " + t.getMessage());
            }
            if (t instanceof NoRouteToHostException) {
                return "no route to its host";
            }
            if (t instanceof TimeoutException || t.getClass().getSimpleName().contains("Timeout")) {
                return "nothing within " + timeoutMs + " ms";
            }
            if (t instanceof ConnectException || t instanceof ClosedChannelException) {
                return "connection refused";
            }
        }
        Throwable root = chain.get(chain.size() - 1);
        String message = root.getMessage();
        return clean(
                message == null || message.isBlank() ? root.getClass().getSimpleName() : message);
    }
}
