package org.kubenode.progress.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import java.net.MalformedURLException;
import java.net.URI;
import java.util.Set;
import java.util.TreeSet;

/**
 * The issuer's public keys, read again every {@value #CACHE_MILLIS} ms while tokens come in, so
 * that a key that was taken back stops working within a minute. An issuer that does not answer
 * leaves the keys that were last seen in force.
 */
final class IssuerKeys {

    private static final long CACHE_MILLIS = 15_000;
    private static final long REFRESH_TIMEOUT_MILLIS = 5_000;
    private static final long AT_MOST_EVERY_MILLIS = 5_000;
    private static final int CONNECT_MILLIS = 1_000;
    private static final int READ_MILLIS = 2_000;
    private static final int LARGEST_SET_BYTES = 1 << 20;

    /** Null when tokens are signed with a secret. */
    private final JWKSource<SecurityContext> source;

    IssuerKeys(JWKSource<SecurityContext> source) {
        this.source = source;
    }

    /** No published keys: tokens are signed with a secret. */
    static IssuerKeys none() {
        return new IssuerKeys(null);
    }

    /** The keys at a URI, which is not read before the first token. */
    static IssuerKeys at(String uri) {
        return at(uri, CACHE_MILLIS, AT_MOST_EVERY_MILLIS);
    }

    static IssuerKeys at(String uri, long cacheMillis, long atMostEveryMillis) {
        try {
            return new IssuerKeys(
                    JWKSourceBuilder.create(
                                    URI.create(uri).toURL(),
                                    new DefaultResourceRetriever(
                                            CONNECT_MILLIS, READ_MILLIS, LARGEST_SET_BYTES))
                            .cache(cacheMillis, REFRESH_TIMEOUT_MILLIS)
                            .refreshAheadCache(false)
                            .rateLimited(atMostEveryMillis)
                            .outageTolerantForever()
                            .build());
        } catch (IllegalArgumentException | MalformedURLException e) {
            throw new IllegalStateException("jwt.jwk_set_uri is not an http or https URI", e);
        }
    }

    boolean present() {
        return source != null;
    }

    JWKSource<SecurityContext> source() {
        return source;
    }

    /**
     * The thumbprints of the present keys.
     *
     * @throws JOSEException when the issuer does not answer and has never done so
     */
    Set<String> thumbprints() throws JOSEException {
        Set<String> prints = new TreeSet<>();
        for (JWK key : source.get(new JWKSelector(new JWKMatcher.Builder().build()), null)) {
            prints.add(key.computeThumbprint().toString());
        }
        return prints;
    }
}
