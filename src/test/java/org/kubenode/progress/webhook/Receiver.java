package org.kubenode.progress.webhook;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Who is told of ends: a real server that answers as it is told to. */
final class Receiver implements AutoCloseable {

    /** How it answers a post. */
    interface Mood {
        /** The status; the body is {@code {}} unless it writes one of its own and gives 0. */
        int answer(HttpExchange exchange, Post post) throws Exception;
    }

    record Post(String id, String timestamp, String signature, String replica, String body) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Post> posts = new CopyOnWriteArrayList<>();
    private volatile Mood mood = (exchange, post) -> 204;

    Receiver() {
        this(0);
    }

    Receiver(int port) {
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 50);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::take);
        server.setExecutor(threads);
        server.start();
    }

    private void take(HttpExchange exchange) throws IOException {
        Post post =
                new Post(
                        exchange.getRequestHeaders().getFirst("webhook-id"),
                        exchange.getRequestHeaders().getFirst("webhook-timestamp"),
                        exchange.getRequestHeaders().getFirst("webhook-signature"),
                        exchange.getRequestHeaders().getFirst("User-Agent"),
                        new String(
                                exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        posts.add(post);
        try (exchange) {
            int status = mood.answer(exchange, post);
            if (status > 0) {
                exchange.sendResponseHeaders(status, -1);
            }
        } catch (Exception e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Answers with a body. */
    static int text(HttpExchange exchange, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(bytes);
        }
        return 0;
    }

    Receiver answering(Mood answering) {
        mood = answering;
        return this;
    }

    int port() {
        return server.getAddress().getPort();
    }

    String url() {
        return "http://127.0.0.1:" + port() + "/hook?key=not-to-be-shown";
    }

    List<Post> posts() {
        return posts;
    }

    Set<String> ids() {
        Set<String> ids = new TreeSet<>();
        posts.forEach(post -> ids.add(post.id()));
        return ids;
    }

    Set<String> replicas() {
        Set<String> replicas = new TreeSet<>();
        posts.forEach(post -> replicas.add(post.replica()));
        return replicas;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
