package org.kubenode.progress.cluster.kubernetes;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;

/** An API server that takes 20 ms for an answer and is not always well. */
final class MoodyApiServer implements AutoCloseable {

    /** What becomes of a request: a status, or {@link #NEVER}. */
    static final int NEVER = 0;

    private static final long ANSWER_MS = 20;

    private final HttpServer server;
    private final ExecutorService readers = Executors.newFixedThreadPool(4);
    private final ScheduledExecutorService answers = Executors.newSingleThreadScheduledExecutor();
    private final BiFunction<String, Integer, Integer> mood;
    private final String said;
    private final Map<String, AtomicInteger> requests = new ConcurrentHashMap<>();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger mostInFlight = new AtomicInteger();

    /**
     * @param mood by a node's name and the number of its requests so far, from 1
     */
    MoodyApiServer(BiFunction<String, Integer, Integer> mood) throws IOException {
        this(mood, null);
    }

    /**
     * @param said the body of every answer; null for a node, or a status that says it is moody
     */
    MoodyApiServer(BiFunction<String, Integer, Integer> mood, String said) throws IOException {
        this.mood = mood;
        this.said = said;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 512);
        server.createContext("/", this::handle);
        server.setExecutor(readers);
        server.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String node = path.substring(path.lastIndexOf('/') + 1);
        int number = requests.computeIfAbsent(node, n -> new AtomicInteger()).incrementAndGet();
        exchange.getRequestBody().readAllBytes();
        int status = mood.apply(node, number);
        if (status == NEVER) {
            return;
        }
        mostInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
        answers.schedule(() -> answer(exchange, status), ANSWER_MS, TimeUnit.MILLISECONDS);
    }

    private void answer(HttpExchange exchange, int status) {
        String moody =
                status == 200
                        ? "{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"metadata\":{},\"spec\":{}}"
                        : "{\"kind\":\"Status\",\"code\":" + status + ",\"message\":\"moody\"}";
        String body = said == null ? moody : said;
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        inFlight.decrementAndGet();
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            if (status == 429) {
                exchange.getResponseHeaders().set("Retry-After", "1");
            }
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    int requestsFor(String node) {
        AtomicInteger count = requests.get(node);
        return count == null ? 0 : count.get();
    }

    int allRequests() {
        return requests.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    int mostInFlight() {
        return mostInFlight.get();
    }

    @Override
    public void close() {
        server.stop(0);
        readers.shutdownNow();
        answers.shutdownNow();
    }
}
