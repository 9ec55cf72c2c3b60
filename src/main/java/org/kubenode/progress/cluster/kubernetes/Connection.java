package org.kubenode.progress.cluster.kubernetes;

import java.net.ProxySelector;
import java.net.URI;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;

/**
 * Where an API server is and who acts.
 *
 * @param server its address, without a slash at the end
 * @param tls whom it is trusted as, and the client's certificate
 * @param headers those that name whom the account acts for; none without impersonation
 * @param secrets what must not be in any message
 */
record Connection(
        URI server,
        SSLContext tls,
        ProxySelector proxy,
        Credentials credentials,
        List<Map.Entry<String, String>> headers,
        List<String> secrets) {}
