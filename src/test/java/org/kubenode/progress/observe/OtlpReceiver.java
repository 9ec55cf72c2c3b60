package org.kubenode.progress.observe;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A collector for OTLP over HTTP on the loopback, which reads of protobuf what the tests need. */
final class OtlpReceiver implements AutoCloseable {

    /** A span, and the replica that sent it. */
    record Span(String replica, String trace, String id, String parent, String name, long start) {}

    private final List<Span> spans = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    OtlpReceiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/v1/traces",
                exchange -> {
                    read(exchange.getRequestBody().readAllBytes());
                    exchange.sendResponseHeaders(200, -1);
                    exchange.close();
                });
        server.start();
    }

    String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    List<Span> spans(String trace) {
        return spans.stream().filter(span -> span.trace().equals(trace)).toList();
    }

    List<Span> spans() {
        return List.copyOf(spans);
    }

    @Override
    public void close() {
        server.stop(0);
    }

    /** ExportTraceServiceRequest: 1 ResourceSpans (1 Resource, 2 ScopeSpans (2 Span)). */
    private void read(byte[] request) {
        for (byte[] resourceSpans : bytes(fields(request), 1)) {
            Map<Integer, List<Object>> of = fields(resourceSpans);
            String replica = replica(bytes(of, 1).get(0));
            for (byte[] scopeSpans : bytes(of, 2)) {
                for (byte[] span : bytes(fields(scopeSpans), 2)) {
                    Map<Integer, List<Object>> f = fields(span);
                    spans.add(
                            new Span(
                                    replica,
                                    hex(f, 1),
                                    hex(f, 2),
                                    hex(f, 4),
                                    text(bytes(f, 5).get(0)),
                                    (Long) f.get(7).get(0)));
                }
            }
        }
    }

    private static String replica(byte[] resource) {
        for (byte[] attribute : bytes(fields(resource), 1)) {
            Map<Integer, List<Object>> pair = fields(attribute);
            if (text(bytes(pair, 1).get(0)).equals("service.instance.id")) {
                return text(bytes(fields(bytes(pair, 2).get(0)), 1).get(0));
            }
        }
        return "";
    }

    private static String hex(Map<Integer, List<Object>> fields, int number) {
        List<byte[]> found = bytes(fields, number);
        return found.isEmpty() ? "" : HexFormat.of().formatHex(found.get(0));
    }

    private static String text(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private static List<byte[]> bytes(Map<Integer, List<Object>> fields, int number) {
        return fields.getOrDefault(number, List.of()).stream().map(byte[].class::cast).toList();
    }

    private static Map<Integer, List<Object>> fields(byte[] message) {
        Map<Integer, List<Object>> fields = new TreeMap<>();
        ByteBuffer in = ByteBuffer.wrap(message).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            int key = (int) varint(in);
            Object value =
                    switch (key & 7) {
                        case 0 -> varint(in);
                        case 1 -> in.getLong();
                        case 5 -> in.getInt();
                        default -> {
                            byte[] part = new byte[(int) varint(in)];
                            in.get(part);
                            yield part;
                        }
                    };
            fields.computeIfAbsent(key >>> 3, k -> new ArrayList<>()).add(value);
        }
        return fields;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte part = in.get();
            value |= (long) (part & 0x7F) << shift;
            if (part >= 0) {
                return value;
            }
        }
    }
}
