package org.kubenode.progress.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

@SpringBootTest(
        classes = WebSocketTestApplication.class,
        properties = WebSocketTestApplication.NO_ROUTE_FILES,
        webEnvironment = WebEnvironment.RANDOM_PORT)
@Timeout(60)
class HostileClientTest {

    @LocalServerPort private int port;
    @Autowired private WebSocketComponent component;

    @BeforeEach
    void nobodyIsLeft() {
        await().until(() -> component.sessions("/strict").size() == 0);
    }

    @Test
    void aTextOverTheLimitIsClosedWith1009() throws Exception {
        try (RawSocket socket = connect()) {
            socket.send(RawSocket.TEXT, new byte[4_097]);
            assertThat(socket.readClose()).isEqualTo("1009 a message has at most 4096 bytes");
        }
    }

    @Test
    void aTextOverTheLimitInPiecesIsClosedWith1009() throws Exception {
        try (RawSocket socket = connect()) {
            socket.send(RawSocket.frame(RawSocket.TEXT, false, new byte[3_000]));
            socket.send(RawSocket.frame(0, false, new byte[3_000]));
            assertThat(socket.readClose()).isEqualTo("1009 a message has at most 4096 bytes");
        }
    }

    @Test
    void aHugeFrameIsClosedWith1009WithoutReadingItAll() throws Exception {
        try (RawSocket socket = connect()) {
            byte[] frame = RawSocket.frame(RawSocket.TEXT, true, new byte[10_000_000]);
            socket.send(java.util.Arrays.copyOf(frame, 20_000));
            assertThat(socket.readClose()).startsWith("1009 ");
        }
    }

    @Test
    void aBinaryFrameIsClosedWith1003() throws Exception {
        try (RawSocket socket = connect()) {
            socket.send(RawSocket.BINARY, new byte[] {1, 2, 3});
            assertThat(socket.readClose()).isEqualTo("1003 text frames only");
        }
    }

    @Test
    void brokenUtf8IsClosedWith1007() throws Exception {
        try (RawSocket socket = connect()) {
            socket.send(RawSocket.TEXT, new byte[] {(byte) 0xc3, (byte) 0x28});
            assertThat(socket.readClose()).startsWith("1007 ");
        }
    }

    @Test
    void anUnmaskedFrameIsClosedWith1002() throws Exception {
        try (RawSocket socket = connect()) {
            socket.send(new byte[] {(byte) 0x81, 1, 'x'});
            assertThat(socket.readClose()).startsWith("1002 ");
        }
    }

    @Test
    void tenThousandFramesAtOnceAreClosedWith1008() throws Exception {
        try (RawSocket socket = connect()) {
            ByteArrayOutputStream flood = new ByteArrayOutputStream();
            for (int i = 0; i < 10_000; i++) {
                flood.writeBytes(
                        RawSocket.frame(
                                RawSocket.TEXT, true, "x".getBytes(StandardCharsets.UTF_8)));
            }
            try {
                socket.send(flood.toByteArray());
            } catch (SocketException e) {
                // Cut off while it was sending.
            }
            assertThat(socket.readClose()).startsWith("1008 more than 100 messages a second");
        }
    }

    @Test
    void aFloodOfPingsCostsNobodyElse() throws Exception {
        try (RawSocket flooding = connect();
                RawSocket other = connect()) {
            byte[] ping = RawSocket.frame(RawSocket.PING, true, new byte[100]);
            ByteArrayOutputStream flood = new ByteArrayOutputStream();
            for (int i = 0; i < 10_000; i++) {
                flood.writeBytes(ping);
            }
            Thread sender =
                    new Thread(
                            () -> {
                                try {
                                    flooding.send(flood.toByteArray());
                                } catch (IOException e) {
                                    // The server does not read what it cannot answer.
                                }
                            });
            sender.setDaemon(true);
            sender.start();
            other.send(RawSocket.TEXT, "hello".getBytes(StandardCharsets.UTF_8));
            RawSocket.Frame echo = other.read();
            while (echo.opcode() == RawSocket.PING) {
                echo = other.read();
            }
            assertThat(echo.text()).isEqualTo("hello");
        }
    }

    @Test
    void aPeerThatAnswersNoPingIsCutOff() throws Exception {
        try (RawSocket socket = connect()) {
            await().until(() -> component.sessions("/strict").size() == 1);
            await().until(() -> component.sessions("/strict").size() == 0);
            assertThat(socket.readClose()).isEqualTo("cut");
        }
    }

    @Test
    void aPeerThatAnswersPingsStays() throws Exception {
        try (RawSocket socket = connect()) {
            for (int i = 0; i < 8; i++) {
                RawSocket.Frame ping = socket.read();
                assertThat(ping.opcode()).isEqualTo(RawSocket.PING);
                socket.send(RawSocket.PONG, ping.payload());
            }
            assertThat(component.sessions("/strict").size()).isEqualTo(1);
        }
    }

    @Test
    void aSocketTooManyIsClosedWith1013() throws Exception {
        List<RawSocket> open = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) {
                open.add(connect("X-Test-User", "ann"));
            }
            await().until(() -> component.sessions("/strict").size() == 2);
            open.add(connect("X-Test-User", "ann"));
            assertThat(open.get(2).readClose()).isEqualTo("1013 too many sessions of this user");
        } finally {
            for (RawSocket socket : open) {
                socket.close();
            }
        }
    }

    @Test
    void aRefusedPrincipalGetsItsCodeAfterTheHandshake() throws Exception {
        try (RawSocket socket = connect("X-Test-User", "ann", "X-Test-Refusal", "4403")) {
            assertThat(socket.answer).startsWith("HTTP/1.1 101 ");
            assertThat(socket.readClose()).isEqualTo("4403 refused");
        }
    }

    @Test
    void aTokenThatExpiresClosesWith4401() throws Exception {
        String soon = Instant.now().plusMillis(300).toString();
        try (RawSocket socket = connect("X-Test-User", "ann", "X-Test-Expires", soon)) {
            assertThat(socket.readClose()).isEqualTo("4401 token expired");
        }
    }

    @Test
    void theSubprotocolOfThePrincipalIsAnsweredAndNoExtension() throws Exception {
        try (RawSocket socket =
                connect(
                        "X-Test-User",
                        "ann",
                        "X-Test-Subprotocol",
                        "progress.v1",
                        "Sec-WebSocket-Protocol",
                        "progress.v1, bearer.secret")) {
            assertThat(socket.answer)
                    .contains("Sec-WebSocket-Protocol: progress.v1\r\n")
                    .doesNotContain("bearer")
                    .doesNotContain("permessage-deflate");
        }
    }

    @Test
    void anythingButAHandshakeIsAnsweredAsHttp() throws Exception {
        try (RawSocket socket = new RawSocket(port, "/strict")) {
            assertThat(socket.answer).startsWith("HTTP/1.1 426 ").contains("Upgrade: websocket");
        }
        try (RawSocket socket =
                new RawSocket(
                        port,
                        "/strict",
                        "Upgrade",
                        "websocket",
                        "Connection",
                        "Upgrade",
                        "Sec-WebSocket-Version",
                        "12")) {
            assertThat(socket.answer)
                    .startsWith("HTTP/1.1 426 ")
                    .contains("Sec-WebSocket-Version: 13");
        }
        try (RawSocket socket =
                new RawSocket(
                        port,
                        "/strict",
                        "Upgrade",
                        "websocket",
                        "Connection",
                        "Upgrade",
                        "Sec-WebSocket-Version",
                        "13")) {
            assertThat(socket.answer).startsWith("HTTP/1.1 400 ");
        }
    }

    private RawSocket connect(String... headers) throws IOException {
        return RawSocket.webSocket(port, "/strict", 0, headers);
    }
}
