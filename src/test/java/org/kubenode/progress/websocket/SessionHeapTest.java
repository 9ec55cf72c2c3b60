package org.kubenode.progress.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Heap of an idle session through the whole chain of filters, client sockets included. */
@Tag("full")
@SpringBootTest(
        classes = WebSocketTestApplication.class,
        properties = WebSocketTestApplication.NO_ROUTE_FILES,
        webEnvironment = WebEnvironment.RANDOM_PORT)
class SessionHeapTest {

    private static final int SOCKETS = 2_000;

    private static final String UPGRADE =
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    @LocalServerPort private int port;
    @Autowired private WebSocketComponent component;

    @Test
    void anIdleSessionIsSmall() throws Exception {
        long webSocket = perSession("/echo", UPGRADE);
        long stream = perSession("/echo-stream", "");
        System.out.printf("heap: %d bytes a WebSocket, %d an event stream%n", webSocket, stream);
        assertThat(webSocket).isLessThan(12_288);
    }

    private long perSession(String path, String headers) throws Exception {
        List<SocketChannel> channels = new ArrayList<>();
        try {
            connect(channels, 200, path, headers);
            long before = heap();
            connect(channels, SOCKETS, path, headers);
            component.sessions("/echo").all().forEach(session -> session.send("hello"));
            await().until(() -> component.sessions("/echo").queueDepth() == 0);
            return (heap() - before) / SOCKETS;
        } finally {
            for (SocketChannel channel : channels) {
                channel.close();
            }
            component.sessions("/echo").all().forEach(session -> session.close(1000, null));
            await().until(() -> component.sessions("/echo").size() == 0);
        }
    }

    private void connect(List<SocketChannel> channels, int more, String path, String headers)
            throws Exception {
        int wanted = channels.size() + more;
        while (channels.size() < wanted) {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress("localhost", port));
            channels.add(channel);
            String request =
                    "GET "
                            + path
                            + " HTTP/1.1\r\nHost: localhost\r\nX-Test-User: u"
                            + channels.size() / 10
                            + "\r\n"
                            + headers
                            + "\r\n";
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
        }
        await().until(() -> component.sessions("/echo").size() == wanted);
    }

    private static long heap() {
        for (int i = 0; i < 4; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
