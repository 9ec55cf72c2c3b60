package org.kubenode.progress.cluster.kubernetes;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.springframework.security.web.util.matcher.IpAddressMatcher;

/**
 * The proxy before an API server, as Go's net/http finds it and so kubectl: {@code proxy-url}, else
 * HTTPS_PROXY or HTTP_PROXY unless NO_PROXY names the host.
 */
final class Proxies {

    private static final int HTTP_PORT = 80;

    private Proxies() {}

    /**
     * @param proxyUrl of the kubeconfig, or null
     * @param environment of this process
     * @throws IllegalArgumentException for a proxy that cannot be used; the message says what can
     */
    static ProxySelector before(URI server, String proxyUrl, Map<String, String> environment) {
        String url = proxyUrl == null ? ofEnvironment(server, environment) : proxyUrl;
        return url == null ? fixed(Proxy.NO_PROXY) : fixed(proxy(url));
    }

    private static Proxy proxy(String url) {
        URI proxy;
        try {
            proxy = URI.create(url.contains("://") ? url : "http://" + url);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not a URL; allowed: http://HOST:PORT");
        }
        if (!"http".equals(proxy.getScheme()) || proxy.getHost() == null) {
            throw new IllegalArgumentException("this kind of proxy; allowed: http://HOST:PORT");
        }
        if (proxy.getUserInfo() != null) {
            throw new IllegalArgumentException(
                    "a proxy that wants a password; allowed: http://HOST:PORT");
        }
        int port = proxy.getPort() < 0 ? HTTP_PORT : proxy.getPort();
        return new Proxy(
                Proxy.Type.HTTP, InetSocketAddress.createUnresolved(proxy.getHost(), port));
    }

    private static String ofEnvironment(URI server, Map<String, String> environment) {
        String name = server.getScheme().toUpperCase(Locale.ROOT) + "_PROXY";
        String url = either(environment, name);
        return url == null || bypassed(server, either(environment, "NO_PROXY")) ? null : url;
    }

    private static String either(Map<String, String> environment, String name) {
        String value =
                environment.getOrDefault(name, environment.get(name.toLowerCase(Locale.ROOT)));
        return value == null || value.isBlank() ? null : value.trim();
    }

    /** Loopback is never asked through a proxy of the environment. */
    private static boolean bypassed(URI server, String noProxy) {
        String host = server.getHost().replaceAll("[\\[\\]]", "").toLowerCase(Locale.ROOT);
        boolean address = host.matches("[0-9.]+|[0-9a-f:.]*:[0-9a-f:.]*");
        if (host.equals("localhost")
                || address && (matches("127.0.0.0/8", host) || matches("::1", host))) {
            return true;
        }
        for (String entry : noProxy == null ? new String[0] : noProxy.split(",")) {
            String one = entry.trim().toLowerCase(Locale.ROOT);
            String domain = one.replaceFirst("^\\*?\\.", "");
            if (one.equals("*")
                    || !one.isEmpty()
                            && (host.equals(one)
                                    || host.endsWith("." + domain)
                                    || address && matches(one, host))) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(String range, String address) {
        try {
            return new IpAddressMatcher(range).matches(address);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static ProxySelector fixed(Proxy proxy) {
        return new ProxySelector() {
            @Override
            public List<Proxy> select(URI uri) {
                return List.of(proxy);
            }

            @Override
            public void connectFailed(URI uri, SocketAddress address, IOException why) {
                // The request that failed says it.
            }
        };
    }
}
