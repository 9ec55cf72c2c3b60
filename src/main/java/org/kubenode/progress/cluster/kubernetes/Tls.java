package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.springframework.boot.ssl.pem.PemContent;
import org.springframework.boot.ssl.pem.PemSslStoreBundle;
import org.springframework.boot.ssl.pem.PemSslStoreDetails;

/** TLS by the texts of PEM files: keys as PKCS 8, PKCS 1 and SEC 1. */
final class Tls {

    /** A certificate or key cannot be used. */
    static final class Unusable extends Exception {

        private static final long serialVersionUID = 1L;
        private final boolean client;

        private Unusable(boolean client) {
            this.client = client;
        }

        /** Whether it is the client's, not the authority's. */
        boolean ofClient() {
            return client;
        }
    }

    private Tls() {}

    /**
     * @param authority null for the authorities of the JDK
     * @param insecure whether any server is trusted
     * @param certificate the client's, with its key, or null
     */
    static SSLContext context(String authority, boolean insecure, String certificate, String key)
            throws Unusable {
        TrustManager[] trust;
        try {
            trust = insecure ? trustAll() : trust(authority);
        } catch (Exception e) {
            throw new Unusable(false);
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(certificate == null ? null : keys(certificate, key), trust, null);
            return context;
        } catch (Exception e) {
            throw new Unusable(true);
        }
    }

    /** An extended manager, else the JDK would still compare the host's name. */
    private static TrustManager[] trustAll() throws Exception {
        return SSLUtils.trustManagers(null, null, true, null, null);
    }

    private static TrustManager[] trust(String authority) throws GeneralSecurityException {
        KeyStore store = null;
        if (authority != null) {
            // Anything else would be taken for the name of a file.
            requirePem(authority);
            store =
                    new PemSslStoreBundle(null, PemSslStoreDetails.forCertificates(authority))
                            .getTrustStore();
        }
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyManager[] keys(String certificate, String key)
            throws GeneralSecurityException {
        requirePem(certificate);
        requirePem(key);
        PemSslStoreDetails details =
                PemSslStoreDetails.forCertificates(certificate).withPrivateKey(key);
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(
                new PemSslStoreBundle(details, (PemSslStoreDetails) null).getKeyStore(),
                new char[0]);
        return factory.getKeyManagers();
    }

    private static void requirePem(String text) throws GeneralSecurityException {
        if (!PemContent.isPresentInText(text)) {
            throw new GeneralSecurityException("no PEM");
        }
    }
}
