package org.kubenode.progress.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.RemoteKeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.kubenode.progress.log.LogLimit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The issuer's public keys. They are read beside the requests, so an issuer that does not answer,
 * or drips, costs no request anything once it has answered: the keys last seen stay in force. A key
 * that was taken back stops working within a minute, because somebody asks every 20 s ({@link
 * TokenRevalidation}).
 */
final class IssuerKeys implements JWKSource<SecurityContext> {

    private static final Logger LOG = LoggerFactory.getLogger(IssuerKeys.class);

    private static final Duration READ_AGAIN_AFTER = Duration.ofSeconds(15);
    private static final Duration AT_MOST_EVERY = Duration.ofSeconds(5);
    private static final Duration ONE_READ = Duration.ofSeconds(3);

    /** Requests that may wait at once for a key that nobody knows yet. */
    private static final int WAITING = 4;

    /** Null when tokens are signed with a secret. */
    private final URI address;

    private final long readAgainAfter;
    private final long atMostEvery;
    private final Duration oneRead;
    private final Semaphore mayWait = new Semaphore(WAITING);

    private final LogLimit limit = new LogLimit();
    private volatile JWKSet seen;
    private CompletableFuture<Void> read = CompletableFuture.completedFuture(null);
    private long begun;
    private boolean tried;

    private IssuerKeys(
            URI address, Duration readAgainAfter, Duration atMostEvery, Duration oneRead) {
        this.address = address;
        this.readAgainAfter = readAgainAfter.toNanos();
        this.atMostEvery = atMostEvery.toNanos();
        this.oneRead = oneRead;
    }

    /** No published keys: tokens are signed with a secret. */
    static IssuerKeys none() {
        return new IssuerKeys(null, READ_AGAIN_AFTER, AT_MOST_EVERY, ONE_READ);
    }

    /** The keys at an address, which is not read before the first token. */
    static IssuerKeys at(String address) {
        return at(address, READ_AGAIN_AFTER, AT_MOST_EVERY, ONE_READ);
    }

    static IssuerKeys at(
            String address, Duration readAgainAfter, Duration atMostEvery, Duration oneRead) {
        return new IssuerKeys(URI.create(address), readAgainAfter, atMostEvery, oneRead);
    }

    boolean present() {
        return address != null;
    }

    /**
     * @throws RemoteKeySourceException when the issuer does not answer and has never done so
     */
    @Override
    public List<JWK> get(JWKSelector selector, SecurityContext context) throws KeySourceException {
        List<JWK> found = selector.select(known());
        if (found.isEmpty() && mayWait.tryAcquire()) {
            try {
                readUnlessWithin(atMostEvery).join();
                return selector.select(seen);
            } finally {
                mayWait.release();
            }
        }
        return found;
    }

    private JWKSet known() throws RemoteKeySourceException {
        CompletableFuture<Void> reading =
                readUnlessWithin(seen == null ? atMostEvery : readAgainAfter);
        if (seen == null) {
            reading.join();
        }
        if (seen == null) {
            throw new RemoteKeySourceException("The issuer's keys were never had", null);
        }
        return seen;
    }

    /** The read under way; or a new one, unless the last began less than some time ago. */
    private synchronized CompletableFuture<Void> readUnlessWithin(long nanos) {
        if (read.isDone() && (!tried || System.nanoTime() - begun >= nanos)) {
            tried = true;
            begun = System.nanoTime();
            read = CompletableFuture.runAsync(this::read, IssuerKeys::inThreadOfItsOwn);
        }
        return read;
    }

    private static void inThreadOfItsOwn(Runnable task) {
        Thread thread = new Thread(task, "issuer-keys");
        thread.setDaemon(true);
        thread.start();
    }

    private void read() {
        try {
            String text = new String(SmallDocument.read(address, oneRead), StandardCharsets.UTF_8);
            seen = usable(text);
        } catch (IOException | ParseException | RuntimeException e) {
            if (limit.pass("read") > 0) {
                LOG.warn(
                        "jwt.jwk_set_uri cannot be read ({}); {}",
                        e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage(),
                        seen == null
                                ? "no token can be verified"
                                : "the keys last seen stay in force");
            }
        }
    }

    /** A key that cannot be read is left out, and spoils none of the others. */
    private JWKSet usable(String text) throws ParseException {
        List<JWK> keys = new ArrayList<>();
        String fault = null;
        for (Map<String, Object> key :
                JSONObjectUtils.getJSONObjectArray(JSONObjectUtils.parse(text), "keys")) {
            try {
                keys.add(JWK.parse(key));
            } catch (ParseException | RuntimeException e) {
                fault = e.getMessage();
            }
        }
        if (fault != null && keys.isEmpty()) {
            throw new ParseException("none of its keys is usable: " + fault, 0);
        }
        if (fault != null && limit.pass("key") > 0) {
            LOG.warn("jwt.jwk_set_uri has a key that cannot be used: {}", fault);
        }
        return new JWKSet(keys);
    }

    /**
     * The thumbprints of the present keys.
     *
     * @throws JOSEException when the issuer does not answer and has never done so
     */
    Set<String> thumbprints() throws JOSEException {
        readUnlessWithin(readAgainAfter).join();
        Set<String> prints = new TreeSet<>();
        for (JWK key : known().getKeys()) {
            prints.add(key.computeThumbprint().toString());
        }
        return prints;
    }
}
