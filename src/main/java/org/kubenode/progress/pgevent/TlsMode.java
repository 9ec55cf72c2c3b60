package org.kubenode.progress.pgevent;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How far a connection to PostgreSQL must be encrypted and proven; the names are libpq's. */
public enum TlsMode {
    /** Plaintext only. */
    DISABLE,
    /** TLS when the server offers it, else plaintext. */
    PREFER,
    /** TLS, whoever the server is. */
    REQUIRE,
    /** TLS, and the certificate leads to a trusted authority. */
    VERIFY_CA,
    /** As {@link #VERIFY_CA}, and the certificate names the host. */
    VERIFY_FULL;

    /**
     * @param value the documented form, {@code verify-full} for example
     * @throws IllegalArgumentException naming what is allowed
     */
    public static TlsMode of(String value) {
        return Arrays.stream(values())
                .filter(mode -> mode.value().equals(value))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "'" + value + "' is none of " + documentedValues()));
    }

    /** The documented form: lower case, with a hyphen. */
    public String value() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String documentedValues() {
        return Arrays.stream(values()).map(TlsMode::value).collect(Collectors.joining(", "));
    }
}
