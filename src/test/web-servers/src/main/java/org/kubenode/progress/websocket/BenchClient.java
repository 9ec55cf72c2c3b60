package org.kubenode.progress.websocket;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** One thread with many sockets. Arguments: port, number of sockets. Reads nanoTime of the same machine. */
public final class BenchClient {

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        int sockets = Integer.parseInt(args[1]);
        Selector selector = Selector.open();
        for (int i = 0; i < sockets; i++) {
            if (i == 100) {
                // The server measures its heap now.
                Thread.sleep(3_000);
            }
            SocketChannel channel = SocketChannel.open(new InetSocketAddress("localhost", port));
            channel.write(
                    StandardCharsets.US_ASCII.encode(
                            "GET /ws HTTP/1.1\r\nHost: localhost:" + port
                                    + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                    + "Sec-WebSocket-Version: 13\r\n"
                                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
            ByteBuffer one = ByteBuffer.allocate(1);
            int matched = 0;
            StringBuilder head = new StringBuilder();
            while (matched < 4) {
                one.clear();
                if (channel.read(one) < 0) {
                    throw new IllegalStateException("closed: " + head);
                }
                char c = (char) one.get(0);
                head.append(c);
                matched = c == "\r\n\r\n".charAt(matched) ? matched + 1 : c == '\r' ? 1 : 0;
            }
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, ByteBuffer.allocate(8_192));
        }
        long[] latencies = new long[sockets * 40];
        int measured = 0;
        long bulk = 0;
        long bulkStart = 0;
        long bulkEnd = 0;
        int ended = 0;
        while (ended < sockets) {
            selector.select();
            for (SelectionKey key : selector.selectedKeys()) {
                ByteBuffer in = (ByteBuffer) key.attachment();
                ((SocketChannel) key.channel()).read(in);
                in.flip();
                // A header of four bytes, then 300 or more of text.
                while (in.remaining() >= 4) {
                    int length = in.getShort(in.position() + 2) & 0xffff;
                    if (in.remaining() < 4 + length) {
                        break;
                    }
                    long now = System.nanoTime();
                    int at = in.position() + 4;
                    switch ((char) in.get(at)) {
                        case 'm' -> latencies[measured++] = now - number(in, at + 2);
                        case 'b' -> {
                            bulk++;
                            bulkStart = bulkStart == 0 ? number(in, at + 2) : bulkStart;
                            bulkEnd = now;
                        }
                        case 'e' -> ended++;
                        default -> {}
                    }
                    in.position(at + length);
                }
                in.compact();
            }
            selector.selectedKeys().clear();
        }
        Arrays.sort(latencies, 0, measured);
        System.out.printf(
                Locale.ROOT,
                "broadcast p50 %.1f ms, p99 %.1f ms (%d messages); %.0f messages/s%n",
                latencies[measured / 2] / 1e6,
                latencies[(int) (measured * 0.99)] / 1e6,
                measured,
                bulk / ((bulkEnd - bulkStart) / 1e9));
    }

    private static long number(ByteBuffer in, int from) {
        long number = 0;
        for (int i = from; in.get(i) != ' '; i++) {
            number = number * 10 + in.get(i) - '0';
        }
        return number;
    }
}
